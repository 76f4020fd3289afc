// facts.hpp - looks at this machine once, when the daemon starts.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "agent/model/node_facts.hpp"
#include "base/dir.hpp"
#include "base/result.hpp"

namespace berth::node {

/// Reads /proc and /etc below `root`.
///
/// cgroups: from cgroups::Hierarchy, which the daemon has opened already.
/// machine: the kernel's word for the architecture (uname -m).
/// fails:   Broken (a file of /proc is not what it should be), Denied, NotFound.
Result<model::NodeFacts> gather_facts(const Dir& root, model::CgroupFacts cgroups,
                                      std::string_view machine);

/// uname -m of this machine.
std::string kernel_machine();

/// "0-3,5" as 5. nullopt when it is no such list. source: Linux, proc(5), Cpus_allowed_list.
std::optional<unsigned> count_cpus(std::string_view list);

/// NAME="value" lines with shell quoting. source: os-release(5).
std::map<std::string, std::string> parse_os_release(std::string_view text);

/// The hard column of /proc/self/limits by OCI names. source: Linux, proc(5).
std::map<std::string, std::optional<std::uint64_t>> parse_hard_limits(std::string_view text);

/// "x86_64", "arm64"; anything else as given.
std::string ecs_architecture(std::string_view machine);

}  // namespace berth::node
