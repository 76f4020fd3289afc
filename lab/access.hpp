// access.hpp - the lab's keys, and the two files that give them to `aws`.
#pragma once

#include <string>
#include <string_view>

#include "aws/keys.hpp"
#include "base/dir.hpp"

namespace berth::lab {

/// Reads `credentials` below `folder`, or makes it with fresh keys, mode 0600; `config` beside it
/// names the region and is written when missing.
///
/// fails:  Invalid (a credentials file without both keys under [default]), or as Dir.
Result<aws::Keys> load_or_make_keys(const Dir& folder, const std::string& region);

/// `length` characters of an alphabet whose size divides 256, from the kernel's random source.
Result<std::string> random_text(std::string_view alphabet, std::size_t length);

/// The value of `key` in the [default] section of such a file; "" when it is not there.
std::string profile_value(const std::string& text, const std::string& key);

}  // namespace berth::lab
