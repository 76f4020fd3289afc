// network.cpp - ENI or the node's own address to endpoint, device and files.
#include "agent/plan/network.hpp"

#include <algorithm>

#include "agent/model/ids.hpp"

namespace berth::plan {

namespace {

using model::NetworkMode;

constexpr std::uint8_t kAllBits4 = 32;
constexpr std::uint8_t kAllBits6 = 128;

// Under CNI: the device inside on the way to the agent. source: reference networking, section 3.1.
constexpr const char* kWayToAgent = "ecs-eth0";

netns::Bandwidth bandwidth_of(const model::Task& task) {
  return {task.bandwidth.ingress, task.bandwidth.egress};
}

Result<netns::Access> access_of(const model::EniAccess& given) {
  if (given.driver == "bridge") return netns::Access(netns::HostRouted{});
  if (given.driver == "lan-routed") return netns::Access(netns::LanRouted{given.parent});
  if (given.driver == "macvlan") return netns::Access(netns::Macvlan{given.parent});
  if (given.driver == "hotplug") return netns::Access(netns::Nic{});
  if (given.driver == "vlan") {
    return netns::Access(netns::Vlan{given.parent, static_cast<std::uint16_t>(given.vlan_id)});
  }
  return Error{Errc::Invalid, 0, "driver \"" + given.driver + "\" is not known to this berthd"};
}

Result<netns::OwnInterface> interface_of(const model::Eni& eni) {
  netns::OwnInterface own;
  BERTH_TRY(own.mac, netns::parse_mac(eni.mac));
  if (!eni.ipv4.empty()) {
    BERTH_TRY(own.ipv4,
              netns::parse_ip_interface(eni.ipv4 + "/" + std::to_string(eni.prefix_length)));
    BERTH_TRY(own.ipv4_gateway, netns::parse_ip(eni.gateway));
  }
  if (!eni.ipv6.empty()) {
    BERTH_TRY(own.ipv6,
              netns::parse_ip_interface(eni.ipv6 + "/" + std::to_string(eni.ipv6_prefix_length)));
  }
  if (!eni.ipv6_gateway.empty()) {
    BERTH_TRY(own.ipv6_gateway, netns::parse_ip(eni.ipv6_gateway));
  }
  own.dns_servers = eni.dns_servers;
  own.search_domains = eni.search_domains;
  own.hostname = eni.private_dns_name;
  return own;
}

/// Made of the address, as Docker's are: two containers never have the same.
netns::MacAddress mac_for(const netns::IpAddress& ipv4) {
  netns::MacAddress mac;
  mac.octets = {0x02, 0x42, ipv4.octets[0], ipv4.octets[1], ipv4.octets[2], ipv4.octets[3]};
  return mac;
}

Result<netns::OwnInterface> interface_of(const model::Record& record, std::size_t container,
                                         const Settings& settings) {
  const auto& addresses = record.placement.addresses;
  if (container >= addresses.size() || addresses[container].ipv4.empty()) {
    return Error{Errc::Exhausted, 0,
                 "subnet " + settings.bridge_subnet + " had no free address for container " +
                     record.task.containers[container].name};
  }
  const model::NodeAddress& given = addresses[container];
  netns::OwnInterface own;
  BERTH_TRY(const netns::IpAddress ipv4, netns::parse_ip(given.ipv4));
  own.ipv4 = netns::IpInterface{ipv4, kAllBits4};
  BERTH_TRY(own.ipv4_gateway, netns::parse_ip(given.ipv4_gateway));
  if (!given.ipv6.empty()) {
    BERTH_TRY(const netns::IpAddress ipv6, netns::parse_ip(given.ipv6));
    own.ipv6 = netns::IpInterface{ipv6, kAllBits6};
  }
  own.mac = mac_for(ipv4);
  own.is_reached_from_loopback = !record.task.containers[container].port_mappings.empty();
  own.hostname = hostname_for(record.task, container, settings);
  own.dns_servers = record.task.containers[container].dns_servers;
  own.search_domains = record.task.containers[container].search_domains;
  own.bandwidth = bandwidth_of(record.task);
  return own;
}

/// The way to the agent, beside the interface that the plugins make.
Result<netns::OwnInterface> way_to_agent(const model::Record& record, const Settings& settings) {
  const auto& addresses = record.placement.addresses;
  if (addresses.empty() || addresses.front().ipv4.empty()) {
    return Error{Errc::Exhausted, 0, "no address was left for the task's way to the agent"};
  }
  netns::OwnInterface own;
  own.name = kWayToAgent;
  BERTH_TRY(const netns::IpAddress ipv4, netns::parse_ip(addresses.front().ipv4));
  own.ipv4 = netns::IpInterface{ipv4, kAllBits4};
  BERTH_TRY(own.ipv4_gateway, netns::parse_ip(addresses.front().ipv4_gateway));
  own.mac = mac_for(ipv4);
  BERTH_TRY(const netns::IpAddress agent, netns::parse_ip(kAgentAddress));
  own.access = netns::HostOnly{agent};
  own.hostname = hostname_for(record.task, 0, settings);
  if (!record.task.eni) return own;
  own.dns_servers = record.task.eni->dns_servers;
  own.search_domains = record.task.eni->search_domains;
  return own;
}

/// What is known of the interface before the plugins make it.
Result<cni::Attachment> attachment_of(const model::Record& record) {
  cni::Attachment attachment;
  const std::string& path = record.placement.netns_path;
  attachment.container = path.substr(path.rfind('/') + 1);
  attachment.netns = path;
  attachment.wishes.bandwidth = {record.task.bandwidth.ingress, record.task.bandwidth.egress};
  if (!record.task.eni) return attachment;
  const model::Eni& eni = *record.task.eni;
  const auto with_bits = [](const std::string& address, int bits) {
    return address + "/" + std::to_string(bits);
  };
  cni::Wishes& wishes = attachment.wishes;
  if (!eni.ipv4.empty()) wishes.ips.push_back(with_bits(eni.ipv4, eni.prefix_length));
  if (!eni.ipv6.empty()) wishes.ips.push_back(with_bits(eni.ipv6, eni.ipv6_prefix_length));
  wishes.mac = eni.mac;
  wishes.dns.servers = eni.dns_servers;
  wishes.dns.search = eni.search_domains;
  return attachment;
}

std::vector<std::size_t> all_of(const model::Task& task) {
  std::vector<std::size_t> all(task.containers.size());
  for (std::size_t at = 0; at < all.size(); ++at) all[at] = at;
  return all;
}

Result<std::vector<Network>> bridge_networks(const model::Record& record,
                                             const Settings& settings) {
  std::vector<Network> networks;
  const std::vector<std::string> names = network_names_for(record);
  for (std::size_t at = 0; at < names.size(); ++at) {
    BERTH_TRY(netns::OwnInterface own, interface_of(record, at, settings));
    networks.push_back({names[at], files_dir_for(record, at), std::move(own), {at}});
  }
  return networks;
}

Result<std::vector<Network>> plugin_networks(const model::Record& record,
                                             const Settings& settings) {
  BERTH_TRY(netns::OwnInterface way, way_to_agent(record, settings));
  BERTH_TRY(cni::Attachment attachment, attachment_of(record));
  const std::string name = network_names_for(record).front();
  std::vector<Network> networks;
  networks.push_back({name, record.placement.files_dir, std::move(way), all_of(record.task),
                      std::move(attachment)});
  return networks;
}

/// By what a task with IPv6 alone asks the agent; none where the node had no such address left.
Result<std::optional<netns::Leg>> leg_of(const model::Record& record) {
  const auto& addresses = record.placement.addresses;
  const bool has_one = !addresses.empty() && !addresses.front().ipv4.empty();
  if (!record.task.eni || !record.task.eni->ipv4.empty() || !has_one) {
    return std::optional<netns::Leg>();
  }
  netns::Leg leg;
  BERTH_TRY(leg.address, netns::parse_ip(addresses.front().ipv4));
  BERTH_TRY(leg.gateway, netns::parse_ip(addresses.front().ipv4_gateway));
  BERTH_TRY(leg.to, netns::parse_ip("169.254.170.2"));
  return std::optional<netns::Leg>(leg);
}

Result<netns::Endpoint> endpoint_for(const model::Record& record) {
  const model::Task& task = record.task;
  if (task.network_mode == NetworkMode::Host) return netns::Endpoint(netns::HostNetwork{});
  if (task.network_mode == NetworkMode::None) return netns::Endpoint(netns::NoNetwork{});
  if (!task.eni) return Error{Errc::Invalid, 0, "elasticNetworkInterfaces: awsvpc needs one"};
  Result<netns::OwnInterface> own = interface_of(*task.eni);
  if (!own) return std::move(own).error().while_doing("elasticNetworkInterfaces[0]");
  BERTH_TRY(own->access, access_of(record.placement.eni_access));
  own->bandwidth = bandwidth_of(task);
  BERTH_TRY(own->leg, leg_of(record));
  return netns::Endpoint(std::move(own).value());
}

/// "name:address" as Docker has it; an IPv6 address has colons of its own.
void add_extra_hosts(const model::Container& container, std::vector<netns::HostAlias>& aliases) {
  for (const std::string& entry : container.extra_hosts) {
    const std::size_t colon = entry.find(':');
    if (colon == std::string::npos) continue;
    aliases.push_back({entry.substr(colon + 1), entry.substr(0, colon)});
  }
}

void add_links(const model::Record& record, const model::Container& container,
               std::vector<netns::HostAlias>& aliases) {
  const auto& all = record.task.containers;
  for (const auto& [name, alias] : container.links) {
    for (std::size_t at = 0; at < all.size() && at < record.placement.addresses.size(); ++at) {
      if (all[at].name != name || record.placement.addresses[at].ipv4.empty()) continue;
      aliases.push_back({record.placement.addresses[at].ipv4, alias});
      if (alias != name) aliases.push_back({record.placement.addresses[at].ipv4, name});
    }
  }
}

firewall::GroupRule rule_of(const model::SecurityGroupRule& rule) {
  return {rule.protocol, rule.from_port, rule.to_port, rule.cidrs, rule.group_ids};
}

void add_published(const model::ContainerRecord& container, firewall::Device& device) {
  for (const model::PortBinding& binding : container.bindings) {
    for (int port = binding.container_port; port <= binding.last_container_port; ++port) {
      const int host_port = binding.host_port + port - binding.container_port;
      device.published.push_back({binding.protocol, static_cast<std::uint16_t>(host_port),
                                  static_cast<std::uint16_t>(port)});
    }
  }
}

}  // namespace

std::vector<std::string> network_names_for(const model::Record& record) {
  const std::string task_id = model::task_id_of(record.task.arn);
  std::vector<std::string> names;
  if (record.task.network_mode == NetworkMode::Awsvpc) {
    names.push_back(model::network_name_of(task_id));
  }
  if (record.task.network_mode == NetworkMode::Bridge) {
    for (std::size_t at = 0; at < record.task.containers.size(); ++at) {
      names.push_back(model::network_name_of(task_id, at));
    }
  }
  return names;
}

std::string files_dir_for(const model::Record& record, std::size_t container) {
  const std::string& task_files = record.placement.files_dir;
  if (record.task.network_mode != NetworkMode::Bridge) return task_files;
  return task_files + "/network-" + std::to_string(container);
}

Result<std::vector<Network>> networks_for(const model::Record& record, const Settings& settings) {
  if (record.task.network_mode == NetworkMode::Bridge) return bridge_networks(record, settings);
  const bool is_of_plugins = record.task.network_mode == NetworkMode::Awsvpc &&
                             record.placement.eni_access.is_of_plugins();
  if (is_of_plugins) return plugin_networks(record, settings);
  BERTH_TRY(netns::Endpoint endpoint, endpoint_for(record));
  const std::vector<std::string> names = network_names_for(record);
  std::vector<Network> networks;
  networks.push_back({names.empty() ? "" : names.front(), record.placement.files_dir,
                      std::move(endpoint), all_of(record.task)});
  return networks;
}

std::vector<netns::HostAlias> aliases_for(const model::Record& record, const Network& network) {
  std::vector<netns::HostAlias> aliases;
  for (const std::size_t at : network.containers) {
    add_links(record, record.task.containers[at], aliases);
    add_extra_hosts(record.task.containers[at], aliases);
  }
  return aliases;
}

bool has_groups(const model::Task& task) {
  return task.eni && !task.eni->security_groups.empty();
}

firewall::Device device_for(const model::Record& record, const Network& network,
                            const std::string& host_end, const Settings& settings) {
  const auto& own = std::get<netns::OwnInterface>(network.endpoint);
  firewall::Device device;
  device.name = host_end;
  device.mac = netns::text_of(own.mac);
  for (const auto& address : {own.ipv4, own.ipv6}) {
    if (address) device.addresses.push_back(netns::text_of(address->address));
  }
  device.is_known_outside = !std::holds_alternative<netns::HostRouted>(own.access);
  if (own.leg) device.leg = netns::text_of(own.leg->address);
  if (record.task.network_mode == NetworkMode::Awsvpc) {
    device.is_without_imds = settings.awsvpc_blocks_imds;
    if (has_groups(record.task)) device.groups = record.task.eni->security_groups;
  }
  if (network.attachment) {
    // No way around the plugins' own rules: of the host the task reaches the agent and nothing
    // else.
    device.groups.emplace();
    if (!has_groups(record.task)) device.beside = record.given_addresses;
  }
  if (record.task.network_mode == NetworkMode::Bridge) {
    device.is_published_only = true;
    for (const std::size_t at : network.containers) add_published(record.containers[at], device);
  }
  return device;
}

std::optional<firewall::Device> device_of_plugins(const model::Record& record,
                                                  const cni::HostEnd& end,
                                                  std::vector<std::string> addresses,
                                                  const Settings& settings) {
  if (!has_groups(record.task)) return std::nullopt;
  firewall::Device device;
  device.name = end.device;
  device.mac = end.mac;
  device.addresses = std::move(addresses);
  device.groups = record.task.eni->security_groups;
  device.is_without_imds = settings.awsvpc_blocks_imds;
  // Translating is the plugins', and so is who knows whom.
  device.is_known_outside = true;
  device.is_discovered = true;
  return device;
}

std::optional<firewall::Redirection> redirection_for(const model::Task& task) {
  if (!task.proxy) return std::nullopt;
  firewall::Redirection redirection;
  redirection.ignored_uid = task.proxy->ignored_uid;
  redirection.ignored_gid = task.proxy->ignored_gid;
  redirection.ingress_port = static_cast<std::uint16_t>(task.proxy->ingress_port);
  redirection.egress_port = static_cast<std::uint16_t>(task.proxy->egress_port);
  for (const int port : task.proxy->app_ports) {
    redirection.ports_in.push_back(static_cast<std::uint16_t>(port));
  }
  for (const int port : task.proxy->egress_ignored_ports) {
    redirection.ignored_ports.push_back(static_cast<std::uint16_t>(port));
  }
  redirection.ignored_blocks = task.proxy->egress_ignored_blocks;
  return redirection;
}

firewall::Group group_of(const model::SecurityGroup& group) {
  firewall::Group same;
  same.id = group.id;
  same.version = group.version;
  for (const auto& rule : group.ingress) same.ingress.push_back(rule_of(rule));
  for (const auto& rule : group.egress) same.egress.push_back(rule_of(rule));
  same.members = group.members;
  return same;
}

std::vector<firewall::Group> groups_for(const model::Task& task) {
  std::vector<firewall::Group> groups;
  if (!task.eni) return groups;
  for (const model::SecurityGroup& group : task.eni->groups) groups.push_back(group_of(group));
  return groups;
}

std::string hostname_for(const model::Task& task, std::size_t container, const Settings& settings) {
  constexpr std::size_t kShortId = 12;  // source: Docker's default hostname
  const std::string id = model::task_id_of(task.arn);
  if (task.network_mode == NetworkMode::Awsvpc) {
    return task.eni && !task.eni->private_dns_name.empty() ? task.eni->private_dns_name
                                                           : id.substr(0, kShortId);
  }
  if (!task.containers[container].hostname.empty()) return task.containers[container].hostname;
  if (task.network_mode == NetworkMode::Host) return settings.host_name;
  return id.substr(0, kShortId);
}

}  // namespace berth::plan
