// walk.hpp - the cgroups below a cgroup, and the processes in them.
#pragma once

#include <string>
#include <vector>

#include "cgroups/tree.hpp"

namespace berth::cgroups {

/// `path` and all cgroups below it, parents first. fails: NotFound (`path` itself is gone).
Result<std::vector<std::string>> cgroups_below(const Dir& root, const std::string& path);

/// The processes in `path` and below it, sorted, each once, over every hierarchy: one that could
/// not be moved everywhere is found as well.
/// fails:  NotFound (the cgroup is in no hierarchy).
Result<std::vector<int>> processes_below(const Hierarchy& hierarchy, const std::string& path);

}  // namespace berth::cgroups
