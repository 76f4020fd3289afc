// daemon_networks.cpp - what the daemon joins about networks: addresses, groups, the files of both.
#include "agent/daemon.hpp"
#include "agent/model/ids.hpp"
#include "agent/plan/placement.hpp"
#include "agent/steps/take_up_network.hpp"
#include "base/log.hpp"
#include "netns/forwarding.hpp"

namespace berth::agent {

namespace {

constexpr const char* kLinkLocal = "169.254.0.0/16";  // RFC 3927; tasks reach the agent there

}  // namespace

/// Ports, addresses and what the firewall lets through, as the records have them. Returns who could
/// not be held to his security groups.
Async<std::vector<Daemon::Unheld>> Daemon::take_up_networks(std::vector<model::Record> records,
                                                            std::string instance_arn) {
  BERTH_CO_TRY(const std::vector<records::HostChange> changes,
               co_await host_.journal->host_changes());
  for (const records::HostChange& change : changes) {
    if (change.old_value != "0") continue;
    if (change.name == netns::kForwardV4) host_.firewall.claim_forwarding(false);
    if (change.name == netns::kForwardV6) host_.firewall.claim_forwarding(true);
  }
  BERTH_CO_TRY(model::ClusterNetwork told, co_await host_.journal->network());
  if (told.instance_arn != instance_arn) told = {};
  told_ = told;
  for (const model::Record& record : records) {
    if (record.released) continue;
    for (const model::NodeAddress& address : record.placement.addresses) {
      host_.addresses.keep(address, record.task.arn);
      host_.legs.keep(address, record.task.arn);
    }
  }
  // Also without a task: what a table has that nobody knows goes, and the endpoint needs it.
  BERTH_CO_CHECK(co_await host_.tools.note_host_change("nft-table", host_.firewall.name(), ""));
  auto work = [this, told, records]() -> Result<std::vector<Unheld>> {
    std::vector<Unheld> unheld;
    for (const model::Record& record : records) {
      if (record.released || !record.network_ready) continue;
      const Result<> taken_up = steps::take_up_network(host_.tools, record);
      if (!taken_up) unheld.push_back({record.task.arn, taken_up.error()});
    }
    const Result<> followed = steps::follow_network(host_.tools, told);
    if (!followed) {
      log::error("the tasks' network is not as it was", {{"error", followed.error().text()}});
    }
    return unheld;
  };
  Result<std::vector<Unheld>> unheld = co_await host_.offload.run(std::move(work));
  co_return unheld;
}

void Daemon::give_up_unheld(const std::vector<Unheld>& unheld) {
  for (const Unheld& one : unheld) {
    log::error("a task cannot be held to its security groups, and is stopped",
               {{"task", one.task_arn}, {"error", one.error.text()}});
    engine_.give_up(one.task_arn, {model::FaultKind::Network, one.error.message});
  }
}

Async<> Daemon::follow_network(model::ClusterNetwork told) {
  told_ = std::move(told);
  return follow_networks();
}

/// What the control plane tells and what files say, as one: each takes the place of what was
/// before. One after the other, so that the last one is the newest.
Async<> Daemon::follow_networks() {
  BERTH_CO_TRY(const Gate::Pass pass, co_await following_.enter());
  model::ClusterNetwork network = told_;
  if (networks_) {
    for (model::SecurityGroup& group : networks_->groups()) {
      network.groups.push_back(std::move(group));
    }
  }
  auto work = [this, network = std::move(network)] {
    return steps::follow_network(host_.tools, network);
  };
  Result<> followed = co_await host_.offload.run(std::move(work));
  co_return followed;
}

model::Placement Daemon::place(const model::Task& task) {
  std::vector<model::NodeNetwork> networks;
  if (networks_) networks = networks_->all();
  model::Placement placement = plan::placement_for(task, host_.tools.settings, networks);
  const WallTime now = host_.clock.wall();
  const bool is_v6_alone = task.eni && task.eni->ipv4.empty() && !task.eni->ipv6.empty();
  if (is_v6_alone || placement.eni_access.is_of_plugins()) {
    placement.addresses.push_back(host_.legs.take(task.arn, now).value_or(model::NodeAddress{}));
  }
  if (task.network_mode != model::NetworkMode::Bridge) return placement;
  for (std::size_t at = 0; at < task.containers.size(); ++at) {
    const auto address = host_.addresses.take(task.arn, now);
    placement.addresses.push_back(address.value_or(model::NodeAddress{}));
  }
  return placement;
}

void Daemon::give_back_addresses(const model::Record& record) {
  const WallTime now = host_.clock.wall();
  for (const model::NodeAddress& address : record.placement.addresses) {
    host_.addresses.give_back(address, record.task.arn, now);
    host_.legs.give_back(address, record.task.arn, now);
  }
}

networks::Needs Daemon::network_needs() {
  return {host_.clock,
          host_.offload,
          host_.address_book,
          host_.config.network_dir,
          {{host_.tools.settings.bridge_subnet, "the node's for mode bridge, BERTH_BRIDGE_SUBNET"},
           {kLinkLocal, "link-local"}},
          [this] { return engine_.records(); },
          [this] { return follow_networks(); },
          [this] {
            if (standing_) standing_->networks_changed();
          },
          [this](const model::NodeNetwork& network) { return lookout_.taken(network); },
          [this](const model::NodeNetwork& network) { return lookout_.free(network); },
          [this] { lookout_.changed(); }};
}

networks::Lookout::Needs Daemon::lookout_needs() {
  return {host_.clock, lans_, [this] { return networks_->all(); },
          [this](const model::NodeNetwork& network, std::size_t most,
                 const std::set<std::string>& pass_over) {
            return networks_->next(network, most, pass_over);
          }};
}

Async<> Daemon::keep_networks() {
  networks_.emplace(network_needs(), executor_);
  std::vector<model::Record> records;
  for (const auto& record : engine_.records()) records.push_back(*record);
  BERTH_CO_CHECK(co_await networks_->begin(std::move(records)));
  nursery_.start("networks", networks_->run());
  nursery_.start("lookout", lookout_.run());
  co_return ok();
}

void Daemon::keep_standing() {
  standing_.emplace(
      standing::Needs{engine_, host_.clock, host_.offload,
                      [this](const model::Task& task) { return place(task); },
                      [this](const model::Task& task) { return networks_->check(task); },
                      [this](model::Task& task) { return networks_->give_interface(task); },
                      [this](const model::Record& record) {
                        give_back_addresses(record);
                        networks_->take_back(record.task);
                      },
                      rules(), host_.config.region, host_.config.tasks_dir, host_.facts.gpus.ids},
      executor_);
  nursery_.start("local tasks", standing_->run());
}

std::vector<local::FileView> Daemon::file_views() const {
  std::vector<local::FileView> views;
  for (const auto& file : standing_->files()) {
    views.push_back(
        {file.name, file.family, file.task_arn, file.failures, file.starts_at, file.complaint});
  }
  for (const networks::FileState& file : networks_->files()) {
    std::string complaint = file.complaint;
    if (!complaint.empty() && file.is_held) complaint += "; the version before it holds";
    views.push_back({"network.d/" + file.name, "", "", 0, std::nullopt, complaint});
    const auto found = lookout_.count_free(file.network);
    if (found) views.back().found_free = static_cast<int>(*found);
  }
  return views;
}

}  // namespace berth::agent
