// kernel_file.hpp - numbers out of the small texts the kernel writes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/dir.hpp"

namespace berth::cgroups {

/// The value of "key value" in a text of such lines.
std::optional<std::uint64_t> field(std::string_view text, std::string_view key);

/// A file that holds one number. "max", and v1's "no limit" (-1 or the largest page count), read as
/// nullopt.
/// fails:  NotFound (no such file, or the cgroup has been removed), Broken (not a number).
Result<std::optional<std::uint64_t>> read_number(const Dir& cgroup, const std::string& file);

/// As read_number; nullopt also where the kernel has no such file.
Result<std::optional<std::uint64_t>> read_number_if_there(const Dir& cgroup,
                                                          const std::string& file);

/// The text of a file; empty where the kernel has no such file.
Result<std::string> read_if_there(const Dir& cgroup, const std::string& file);

/// The process ids in cgroup.procs. 0 stands for a process of an outer pid namespace.
Result<std::vector<int>> read_processes(const Dir& cgroup);

}  // namespace berth::cgroups
