// network.cpp - ENI to endpoint.
#include "agent/plan/network.hpp"

#include "agent/model/ids.hpp"

namespace berth::plan {

namespace {

Result<netns::OwnInterface> own_interface(const model::Eni& eni) {
  netns::OwnInterface own;
  BERTH_TRY(own.mac, netns::parse_mac(eni.mac));
  BERTH_TRY(own.address,
            netns::parse_ip_interface(eni.ipv4 + "/" + std::to_string(eni.prefix_length)));
  BERTH_TRY(own.gateway, netns::parse_ip(eni.gateway));
  own.dns_servers = eni.dns_servers;
  own.search_domains = eni.search_domains;
  own.hostname = eni.private_dns_name;
  return own;
}

}  // namespace

Result<netns::Endpoint> endpoint_for(const model::Task& task) {
  switch (task.network_mode) {
    case model::NetworkMode::Host: return netns::Endpoint(netns::HostNetwork{});
    case model::NetworkMode::None: return netns::Endpoint(netns::NoNetwork{});
    case model::NetworkMode::Awsvpc: break;
  }
  if (!task.eni) return Error{Errc::Invalid, 0, "elasticNetworkInterfaces: awsvpc needs one"};
  Result<netns::OwnInterface> own = own_interface(*task.eni);
  if (!own) return std::move(own).error().while_doing("elasticNetworkInterfaces[0]");
  return netns::Endpoint(std::move(own).value());
}

std::string hostname_for(const model::Task& task, std::size_t container, const Settings& settings) {
  constexpr std::size_t kShortId = 12;  // source: Docker's default hostname
  const std::string id = model::task_id_of(task.arn);
  if (task.network_mode == model::NetworkMode::Awsvpc) {
    return task.eni && !task.eni->private_dns_name.empty() ? task.eni->private_dns_name
                                                           : id.substr(0, kShortId);
  }
  if (!task.containers[container].hostname.empty()) return task.containers[container].hostname;
  if (task.network_mode == model::NetworkMode::Host) return settings.host_name;
  return id.substr(0, kShortId);
}

}  // namespace berth::plan
