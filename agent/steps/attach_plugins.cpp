// attach_plugins.cpp - the namespace first, then the plugins, then what was learned of them.
#include "agent/steps/attach_plugins.hpp"

#include "agent/model/ids.hpp"
#include "agent/steps/host_end.hpp"
#include "agent/steps/let_through.hpp"
#include "base/log.hpp"
#include "netns/link.hpp"
#include "netns/network.hpp"

namespace berth::steps {

namespace {

bool has_interface(const Tools& tools, const plan::Network& network) {
  Result<netns::Namespace> space = tools.pins.open(network.name);
  return space && netns::find_link(*space->netlink, network.attachment->interface);
}

Result<cni::Attached> attach(const Tools& tools, const model::Record& record,
                             const plan::Network& network) {
  const cni::Network plugins = tools.cni.named(record.placement.eni_access.network);
  BERTH_TRY(const std::optional<cni::Kept> kept, plugins.find(network.attachment->container));
  // A crash lost the record's word of it; or the machine its namespace, and then it is made anew.
  if (kept && kept->attached && has_interface(tools, network)) return *kept->attached;
  // What was the host's end of it is gone, and its address may be another's.
  if (kept && kept->host_end) BERTH_CHECK(tools.firewall.remove(kept->host_end->device));
  return plugins.add(*network.attachment);
}

/// What is not to be let through is not to be there either.
Result<> find_way_out(const Tools& tools, const model::Record& record,
                      const plan::Network& network) {
  Result<> found = note_host_end(tools, record, network);
  if (found) return found;
  Error why = std::move(found).error();
  const Result<> removed = tools.cni.remove(network.attachment->container);
  if (!removed) {
    why.message += "; and what was made could not be taken back: " + removed.error().message;
  }
  return why;
}

/// Puts what the plugins gave into the interface that the name files show.
Result<> show(const cni::Attached& attached, netns::OwnInterface& own) {
  own.ipv4.reset();
  if (const cni::Address* address = cni::inner_address(attached, false)) {
    BERTH_TRY(own.ipv4, netns::parse_ip_interface(address->address));
  }
  if (const cni::Address* address = cni::inner_address(attached, true)) {
    BERTH_TRY(own.ipv6, netns::parse_ip_interface(address->address));
  }
  if (own.dns_servers.empty()) own.dns_servers = attached.dns.servers;
  if (own.search_domains.empty()) own.search_domains = attached.dns.search;
  return ok();
}

/// complaint: what the log says of the network when they fail.
Async<> ask_all(Tools* tools, Result<> (cni::Network::*what)() const, std::string complaint) {
  const model::EniAccess& access = tools->settings.eni_access;
  if (!access.is_of_plugins()) co_return ok();
  auto ask = [plugins = tools->cni, what] { return (plugins.*what)(); };
  Result<> said = co_await tools->offload.run(std::move(ask));
  if (said || said.failed_with(Errc::Cancelled)) co_return said;
  log::warn("a CNI network " + complaint,
            {{"name", access.network}, {"error", said.error().text()}});
  co_return ok();
}

}  // namespace

Result<netns::Endpoint> make_by_plugins(Tools& tools, model::Record& record,
                                        const plan::Network& network) {
  record.given_addresses.clear();
  // The way to the agent; then also what is known of the addresses beside it.
  BERTH_CHECK(let_through(tools, record, network));
  BERTH_CHECK(netns::create_network(tools.pins, tools.driver, network.name, network.endpoint));
  BERTH_TRY(const cni::Attached attached, attach(tools, record, network));
  BERTH_CHECK(find_way_out(tools, record, network));
  netns::OwnInterface shown = std::get<netns::OwnInterface>(network.endpoint);
  BERTH_CHECK(show(attached, shown));
  record.given_addresses = cni::inner_addresses(attached);
  BERTH_CHECK(let_through(tools, record, network));
  return netns::Endpoint(std::move(shown));
}

void detach_plugins(const Tools& tools, const model::Record& record, const std::string& network) {
  if (!record.placement.eni_access.is_of_plugins()) return;
  const Result<> removed = tools.cni.remove(tools.pins.label_of(network));
  if (removed) return;
  log::warn("plugins could not take an interface away; an audit tries again",
            {{"task", record.task.arn}, {"error", removed.error().text()}});
}

Async<> tidy_up_plugins(Tools& tools) {
  Result<> collected = co_await ask_all(&tools, &cni::Network::collect, "could not be tidied up");
  co_return collected;
}

Async<> ask_plugins(Tools& tools) {
  Result<> asked = co_await ask_all(&tools, &cni::Network::status, "is not ready");
  co_return asked;
}

}  // namespace berth::steps
