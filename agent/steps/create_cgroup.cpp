// create_cgroup.cpp - made, then limited, off the loop.
#include "agent/steps/create_cgroup.hpp"

#include "agent/plan/limits.hpp"
#include "cgroups/limits.hpp"

namespace berth::steps {

Async<Sight> create_cgroup(Tools& tools, RecordPtr record) {
  auto work = [hierarchy = &tools.hierarchy, path = record->placement.cgroup_path,
               limits = plan::task_limits_for(record->task, tools.settings)]() -> Result<> {
    BERTH_CHECK(hierarchy->create(path));
    return cgroups::set_limits(*hierarchy, path, limits);
  };
  const Deadline by = Deadline::after(tools.limits.host);
  BERTH_CO_CHECK(co_await tools.offload.run_until(std::move(work), by));
  co_return Sight(engine::CgroupCreated{});
}

}  // namespace berth::steps
