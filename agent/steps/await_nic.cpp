// await_nic.cpp - from the task's interface to the device that has to be there.
#include "agent/steps/await_nic.hpp"

#include "agent/model/ids.hpp"
#include "agent/plan/network.hpp"
#include "netns/link.hpp"

namespace berth::steps {

namespace {

Result<std::string> lower(const std::string& mac) {
  BERTH_TRY(const netns::MacAddress parsed, netns::parse_mac(mac));
  return netns::text_of(parsed);
}

/// An earlier attempt has moved it into the task's gateway.
Result<bool> is_taken(const Tools& tools, const model::Record& record, const std::string& device) {
  BERTH_TRY(const netns::MacAddress mac, netns::parse_mac(device));
  for (const std::string& network : plan::network_names_for(record)) {
    const Result<netns::Namespace> gateway = tools.pins.open(netns::gateway_name(network));
    if (gateway.failed_with(Errc::NotFound)) continue;
    if (!gateway) return gateway.error();
    const Result<netns::Link> found = netns::find_link_of(*gateway->netlink, mac);
    if (found) return true;
    if (!found.failed_with(Errc::NotFound)) return found.error();
  }
  return false;
}

}  // namespace

Result<std::optional<attachments::Wanted>> nic_for(const model::Record& record) {
  std::optional<attachments::Wanted> wanted;
  const bool is_plugged_in = record.placement.eni_access.driver == "hotplug";
  if (!record.task.eni) return wanted;
  const model::Eni& eni = *record.task.eni;
  if (!is_plugged_in && eni.trunk_mac.empty()) return wanted;
  wanted.emplace();
  wanted->task_arn = record.task.arn;
  BERTH_TRY(wanted->mac, lower(eni.mac));
  BERTH_TRY(wanted->device, lower(eni.trunk_mac.empty() ? eni.mac : eni.trunk_mac));
  // A trunk carries the branches of many; and a task of a file has no control plane to announce.
  wanted->must_be_announced =
      eni.trunk_mac.empty() && record.task.origin == model::Origin::ControlPlane;
  return wanted;
}

Async<> await_nic(Tools& tools, RecordPtr record) {
  BERTH_CO_TRY(std::optional<attachments::Wanted> wanted, nic_for(*record));
  if (!wanted || tools.attachments == nullptr) co_return ok();
  auto look = [&tools, record, device = wanted->device] {
    return is_taken(tools, *record, device);
  };
  BERTH_CO_TRY(const bool has_it, co_await tools.offload.run(std::move(look)));
  if (has_it) co_return ok();
  Result<> there = co_await tools.attachments->await_nic(std::move(*wanted));
  co_return there;
}

}  // namespace berth::steps
