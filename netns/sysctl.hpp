// sysctl.hpp - kernel settings, each with its old value.
#pragma once

#include <string>

#include "base/dir.hpp"
#include "base/result.hpp"

namespace berth::netns {

/// One setting, without the final newline. proc_sys: /proc/sys; below net/ it shows the settings of
/// the network namespace the calling thread is in.
/// fails: NotFound (the kernel lacks it), Denied.
Result<std::string> read_sysctl(const Dir& proc_sys, const std::string& key);

/// Sets one setting, "net/ipv4/ip_forward" to "1". Does not write what is so already.
/// fails: NotFound, Denied, Invalid (the kernel refuses the value).
/// again: yes; then the returned value is the new one, so whoever wants to restore the old one
///        writes down read_sysctl() before.
/// returns the value it had before.
Result<std::string> set_sysctl(const Dir& proc_sys, const std::string& key,
                               const std::string& value);

}  // namespace berth::netns
