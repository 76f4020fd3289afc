// create_cgroup.cpp - made, then limited, off the loop.
#include "agent/steps/create_cgroup.hpp"

#include "agent/plan/limits.hpp"
#include "agent/plan/slice.hpp"
#include "base/crash_point.hpp"
#include "cgroups/limits.hpp"
#include "systemd/units.hpp"

namespace berth::steps {

namespace {

/// The cgroup of a slice that systemd has started. On v2 handing controllers down is systemd's; on
/// v1 it leaves out hierarchies in which a container needs one, too.
Result<> complete(const cgroups::Hierarchy& hierarchy, const std::string& path) {
  if (!hierarchy.exists(path)) {
    return Error{Errc::Broken, 0, "systemd has started a slice, but there is no cgroup " + path};
  }
  return hierarchy.version() == cgroups::Version::V1 ? hierarchy.create(path) : ok();
}

}  // namespace

Async<Sight> create_cgroup(Tools& tools, RecordPtr record) {
  const Deadline by = Deadline::after(tools.limits.host);
  const std::string& path = record->placement.cgroup_path;
  std::optional<systemd::TransientUnit> slice;
  if (plan::slice_of(path)) slice = plan::slice_for(*record, tools.settings);
  auto work = [hierarchy = &tools.hierarchy, path, slice, by,
               limits = plan::task_limits_for(record->task, tools.settings)]() -> Result<> {
    if (slice) BERTH_CHECK(systemd::start_slice(*slice, by));
    BERTH_CRASH_POINT("cgroup.slice-started");
    BERTH_CHECK(slice ? complete(*hierarchy, path) : hierarchy->create(path));
    return cgroups::set_limits(*hierarchy, path, limits);
  };
  BERTH_CO_CHECK(co_await tools.offload.run_until(std::move(work), by));
  co_return Sight(engine::CgroupCreated{});
}

}  // namespace berth::steps
