// clean.cpp - each thing away, "already gone" being fine.
#include "agent/steps/clean.hpp"

#include "agent/model/ids.hpp"
#include "agent/plan/network.hpp"
#include "agent/plan/slice.hpp"
#include "agent/steps/attach_plugins.hpp"
#include "agent/steps/forget_flows.hpp"
#include "agent/steps/kill_cgroup.hpp"
#include "agent/steps/let_through.hpp"
#include "agent/steps/open_ways.hpp"
#include "agent/steps/persist.hpp"
#include "base/crash_point.hpp"
#include "base/dir.hpp"
#include "base/log.hpp"
#include "cgroups/kill.hpp"
#include "netns/network.hpp"
#include "runtime/shims.hpp"
#include "systemd/units.hpp"

namespace berth::steps {

namespace {

/// What its addresses had to do with; without ports, which are somebody else's from now on.
std::vector<firewall::Device> devices_of(const Tools& tools, const model::Record& record) {
  std::vector<firewall::Device> devices;
  const auto networks = plan::networks_for(record, tools.settings);
  if (!networks) return devices;  // it could not have been made
  for (const plan::Network& network : *networks) {
    if (!std::holds_alternative<netns::OwnInterface>(network.endpoint)) continue;
    devices.push_back(flows_of(tools, record, network));
    devices.back().published.clear();
  }
  return devices;
}

Result<> take_networks_away(Tools& tools, const model::Record& record) {
  const bool is_of_plugins = record.placement.eni_access.is_of_plugins();
  const std::vector<std::string> names = plan::network_names_for(record);
  if (is_of_plugins) {
    // An address that plugins take back may be another task's at once.
    for (const std::string& name : names) BERTH_CHECK(shut_out(tools, name));
    forget_flows_of(tools, devices_of(tools, record));
  }
  for (const std::string& name : names) {
    detach_plugins(tools, record, name);
    BERTH_CHECK(netns::drop_network(tools.pins, tools.driver, name));
    BERTH_CHECK(shut_out(tools, name));
  }
  if (!is_of_plugins) forget_flows_of(tools, devices_of(tools, record));
  return ok();
}

Async<> release_once(Tools* tools, RecordPtr record) {
  if (!plan::network_names_for(*record).empty()) tools->nftables.touch();
  const std::string task_id = model::task_id_of(record->task.arn);
  for (std::size_t at = 0; at < record->containers.size(); ++at) {
    std::string id = model::container_id_of(task_id, at);
    const Deadline by = tools->clock.in(tools->limits.call);
    BERTH_CO_CHECK(co_await tools->containers.release(std::move(id), by));
  }
  auto work = [tools, record, task_id]() -> Result<> {
    const Deadline by = Deadline::after(kCgroupEmpties);
    // Nobody is left who could send before the rules that hold him are taken away.
    BERTH_CHECK(cgroups::kill_all(tools->hierarchy, record->placement.cgroup_path, by));
    BERTH_CHECK(take_networks_away(*tools, *record));
    for (std::size_t at = 0; at < record->containers.size(); ++at) {
      tools->ports.release(model::container_id_of(task_id, at));
    }
    if (const auto slice = plan::slice_of(record->placement.cgroup_path)) {
      BERTH_CHECK(systemd::stop_slice(*slice, Deadline::after(tools->limits.host)));
    }
    return tools->hierarchy.remove(record->placement.cgroup_path, by);
  };
  BERTH_CO_CHECK(co_await tools->offload.run(std::move(work)));
  if (!tools->ways.is_open || tools->firewall.has_devices()) co_return ok();
  Result<> closed = co_await close_unneeded_ways(*tools);
  if (closed.failed_with(Errc::Cancelled)) co_return closed;
  // The task is gone; what was opened for it is closed with the next one, or by a purge.
  if (!closed) {
    log::warn("rules among others' are still there", {{"error", closed.error().text()}});
  }
  co_return ok();
}

Async<> clean_once(Tools* tools, RecordPtr record) {
  const std::string task_id = model::task_id_of(record->task.arn);
  std::vector<std::string> ids;
  for (std::size_t at = 0; at < record->containers.size(); ++at) {
    ids.push_back(model::container_id_of(task_id, at));
    std::string id = ids.back();
    const Deadline by = tools->clock.in(tools->limits.call);
    BERTH_CO_CHECK(co_await tools->containers.remove(std::move(id), by));
  }
  auto work = [record, ids, space = tools->settings.netns_prefix]() -> Result<> {
    // One whose end was broken off, or that the engine lost when it was killed, serves nobody.
    BERTH_CHECK(runtime::end_shims(space, ids));
    BERTH_CHECK(remove_tree(record->placement.files_dir));
    BERTH_CRASH_POINT("files.removed");
    BERTH_CHECK(remove_tree(record->placement.logs_dir));
    BERTH_CRASH_POINT("logs.removed");
    return ok();
  };
  BERTH_CO_CHECK(co_await tools->offload.run(std::move(work)));
  co_return ok();
}

}  // namespace

Async<Sight> release(Tools& tools, RecordPtr record) {
  BERTH_CO_CHECK(co_await persist(tools, record, "Release", release_once, &tools, record));
  tools.admission.leave(record->task.arn);
  co_return Sight(engine::Released{});
}

Async<Sight> clean(Tools& tools, RecordPtr record) {
  BERTH_CO_CHECK(co_await persist(tools, record, "Clean", clean_once, &tools, record));
  co_return Sight(engine::Cleaned{});
}

}  // namespace berth::steps
