// words.hpp - names that CNI allows, and texts of plugins for people; pure.
#pragma once

#include <string>
#include <string_view>

namespace berth::cni {

/// A letter or digit, then letters, digits, '_', '.', '-': of networks and of containers.
/// source: CNI specification, "Network configuration format" and "Parameters".
bool is_plain_name(std::string_view text);

/// Text of somebody else's program on one line, control characters as spaces, at most `limit`
/// bytes.
std::string on_one_line(std::string_view text, std::size_t limit = 400);

}  // namespace berth::cni
