// limits.hpp - write Limits into a cgroup, and read back what is in force.
#pragma once

#include <string_view>

#include "cgroups/spec.hpp"
#include "cgroups/tree.hpp"

namespace berth::cgroups {

/// What is wrong with these limits whatever the node. fails: Invalid, naming limit, value and rule.
Result<> check(const Limits& limits);

/// Makes `limits` the limits of the cgroup, in an order the kernel accepts whether they grow or
/// shrink. Absent members are lifted.
///
/// fails:  Invalid (see check, or the kernel's own rule), NotFound (cgroup is gone), Denied (a
///         limit is asked for whose controller this node lacks), Exhausted (v1: memory in use
///         cannot be reclaimed down to the new limit).
/// again:  yes; the last write wins.
/// note:   memory_and_swap does nothing where the kernel does not account swap
///         (Hierarchy::counts_swap); memory_reservation nothing where it has no soft limit.
/// source: Linux, admin-guide/cgroup-v1/memory.rst, admin-guide/cgroup-v2.rst,
///         scheduler/sched-bwc.rst.
Result<> set_limits(const Hierarchy& hierarchy, std::string_view path, const Limits& limits);

/// The limits as the kernel holds them: memory rounded to pages, shares on v2 recomputed from the
/// weight (which is coarser, so they may differ from those written; an untouched cgroup shows the
/// kernel's default); the weight of disk traffic as blk-iocost has it, none where only bfq does.
/// fails:  NotFound (cgroup is gone).
Result<Limits> limits_in_force(const Hierarchy& hierarchy, std::string_view path);

}  // namespace berth::cgroups
