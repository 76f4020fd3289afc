// kill_cgroup.cpp - off the loop, and not waited for past its time.
#include "agent/steps/kill_cgroup.hpp"

#include "agent/plan/containers.hpp"
#include "cgroups/kill.hpp"

namespace berth::steps {

Async<> kill_cgroup(Tools& tools, RecordPtr record, std::size_t container) {
  auto work = [hierarchy = &tools.hierarchy,
               path = plan::cgroup_path_of_container(*record, container)] {
    return cgroups::kill_all(*hierarchy, path, Deadline::after(kCgroupEmpties));
  };
  const Deadline by = Deadline::after(tools.limits.call);
  Result<> killed = co_await tools.offload.run_until(std::move(work), by);
  co_return killed;
}

}  // namespace berth::steps
