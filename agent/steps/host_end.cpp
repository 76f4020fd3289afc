// host_end.cpp - the kernel's word, then the book's.
#include "agent/steps/host_end.hpp"

#include "base/log.hpp"
#include "netns/peer.hpp"

namespace berth::steps {

namespace {

/// Why groups cannot hold, behind who made it so.
Error refused(const cni::Kept& kept, const std::string& why) {
  return Error{Errc::Invalid, 0,
               "network " + kept.list.name + ", plugin " + kept.list.plugins.front().type + ": " +
                   why + ": security groups cannot hold"};
}

/// A neighbour behind the same bridge is reached without the host's rules being asked.
Result<> check_is_routed(netns::Netlink& host, const netns::Link& end, const cni::Kept& kept) {
  if (end.master == 0) return ok();
  BERTH_TRY(const netns::Link master, netns::find_link(host, end.master));
  const bool is_bridge = master.kind == "bridge";
  return refused(kept, end.name + " is a port of " + master.kind + " " + master.name +
                           (is_bridge ? ", where neighbours reach each other past the host" : ""));
}

/// What else leads out of the namespace is nobody's to hold.
Result<> check_is_only_way(const netns::Namespace& space, const plan::Network& network,
                           const cni::Kept& kept) {
  BERTH_TRY(const std::vector<netns::Link> doors, netns::doors_of(*space.netlink));
  const std::string& way_to_agent = std::get<netns::OwnInterface>(network.endpoint).name;
  for (const netns::Link& door : doors) {
    if (door.name == network.attachment->interface || door.name == way_to_agent) continue;
    return refused(kept, door.name + " is another way out of the task");
  }
  return ok();
}

/// As the kernel has it now. fails: NotFound (the namespace is gone), as peer_of().
Result<cni::HostEnd> end_in_kernel(const Tools& tools, const std::string& network) {
  BERTH_TRY(const netns::Namespace space, tools.pins.open(network));
  BERTH_TRY(const std::unique_ptr<netns::Netlink> host, netns::open_netlink());
  const std::string name = cni::Attachment{}.interface;
  const Result<netns::Link> inner = netns::find_link(*space.netlink, name);
  if (inner.failed_with(Errc::NotFound)) {
    return Error{Errc::Invalid, 0, name + " has another name by now, or is gone"};
  }
  if (!inner) return inner.error();
  BERTH_TRY(const netns::Link outer, netns::peer_of(*host, space, *inner));
  return cni::HostEnd{outer.name, netns::text_of(inner->mac)};
}

/// What was written down of a network that is there is lost: the kernel has its device, and the
/// task's record its addresses. A namespace that is gone needs to be held no more.
Result<std::optional<firewall::Device>> device_without_book(const Tools& tools,
                                                            const model::Record& record,
                                                            const plan::Network& network,
                                                            const std::string& why) {
  const Result<cni::HostEnd> end = end_in_kernel(tools, network.name);
  if (end.failed_with(Errc::NotFound)) return std::optional<firewall::Device>();
  if (!end) {
    return Error{end.error().code, end.error().os_errno,
                 "security groups cannot hold: " + why + "; " + end.error().message};
  }
  log::warn("what is kept of a task's interface is lost; its device was found in the kernel",
            {{"name", end->device}, {"error", why}});
  return plan::device_of_plugins(record, *end, record.given_addresses, tools.settings);
}

}  // namespace

Result<> note_host_end(const Tools& tools, const model::Record& record,
                       const plan::Network& network) {
  const cni::Attachment& attachment = *network.attachment;
  BERTH_TRY(const std::optional<cni::Kept> kept, tools.cni.find(attachment.container));
  if (!kept) return Error{Errc::NotFound, 0, attachment.container + " is not attached"};
  BERTH_TRY(const netns::Namespace space, tools.pins.open(network.name));
  BERTH_TRY(const std::unique_ptr<netns::Netlink> host, netns::open_netlink());
  BERTH_TRY(const netns::Link inner, netns::find_link(*space.netlink, attachment.interface));
  const Result<netns::Link> outer = netns::peer_of(*host, space, inner);
  const bool has_groups = plan::has_groups(record.task);
  if (outer.failed_with(Errc::Invalid)) {
    return has_groups ? refused(*kept, outer.error().message) : ok();
  }
  if (!outer) return outer.error();
  BERTH_CHECK(tools.cni.note(attachment.container, {outer->name, netns::text_of(inner.mac)}));
  if (!has_groups) return ok();
  BERTH_CHECK(check_is_routed(*host, *outer, *kept));
  return check_is_only_way(space, network, *kept);
}

Result<std::optional<firewall::Device>> device_of_host_end(const Tools& tools,
                                                           const model::Record& record,
                                                           const plan::Network& network) {
  if (!network.attachment || !plan::has_groups(record.task)) {
    return std::optional<firewall::Device>();
  }
  const std::string& container = network.attachment->container;
  const Result<std::optional<cni::Kept>> kept = tools.cni.find(container);
  if (kept && *kept && (*kept)->attached && (*kept)->host_end) {
    return plan::device_of_plugins(record, *(*kept)->host_end,
                                   cni::inner_addresses(*(*kept)->attached), tools.settings);
  }
  if (record.network_ready) {
    const std::string why =
        kept ? "nothing is kept of attachment " + container : kept.error().message;
    return device_without_book(tools, record, network, why);
  }
  if (!kept) return kept.error();
  return std::optional<firewall::Device>();  // the plugins are asked next
}

Result<std::string> host_end_of_plugins(const Tools& tools, const std::string& network) {
  const Result<std::optional<cni::Kept>> kept = tools.cni.find(tools.pins.label_of(network));
  if (kept) return *kept && (*kept)->host_end ? (*kept)->host_end->device : std::string();
  const Result<cni::HostEnd> end = end_in_kernel(tools, network);
  return end ? end->device : std::string();
}

}  // namespace berth::steps
