// capability.cpp - one member for each capability.
#include "cni/capability.hpp"

#include <algorithm>
#include <limits>

namespace berth::cni {

namespace {

constexpr std::uint64_t kLeastBurst = 8ULL * (64 << 10);  // bits: what one send hands over
constexpr std::uint64_t kBurstsASecond = 20;              // a bucket of 50 ms
// source: the bandwidth plugin takes bursts up to this many bytes.
constexpr std::uint64_t kMostBurst = 8ULL * std::numeric_limits<std::uint32_t>::max();

Json ports_as(const std::vector<PortMapping>& ports) {
  Json all = Json::array();
  for (const PortMapping& one : ports) {
    Json mapping{{"hostPort", one.host_port},
                 {"containerPort", one.container_port},
                 {"protocol", one.protocol}};
    if (!one.host_address.empty()) mapping["hostIP"] = one.host_address;
    all.push_back(std::move(mapping));
  }
  return all;
}

std::uint64_t burst_for(std::uint64_t rate) {
  return std::clamp(rate / kBurstsASecond, kLeastBurst, kMostBurst);
}

Json bandwidth_as(const Rates& rates) {
  Json bandwidth = Json::object();
  if (rates.ingress) {
    bandwidth["ingressRate"] = *rates.ingress;
    bandwidth["ingressBurst"] = burst_for(*rates.ingress);
  }
  if (rates.egress) {
    bandwidth["egressRate"] = *rates.egress;
    bandwidth["egressBurst"] = burst_for(*rates.egress);
  }
  return bandwidth;
}

Json dns_as(const Dns& dns) {
  Json told = Json::object();
  if (!dns.servers.empty()) told["servers"] = dns.servers;
  if (!dns.search.empty()) told["searches"] = dns.search;
  if (!dns.options.empty()) told["options"] = dns.options;
  return told;
}

/// Everything that is wished for, by capability.
Json all_of(const Wishes& wishes) {
  Json all = Json::object();
  if (!wishes.ports.empty()) all["portMappings"] = ports_as(wishes.ports);
  if (wishes.bandwidth != Rates{}) all["bandwidth"] = bandwidth_as(wishes.bandwidth);
  if (!wishes.mac.empty()) all["mac"] = wishes.mac;
  if (!wishes.ips.empty()) all["ips"] = wishes.ips;
  const Json dns = dns_as(wishes.dns);
  if (!dns.empty()) all["dns"] = dns;
  return all;
}

}  // namespace

Json runtime_config(const Wishes& wishes, const std::vector<std::string>& capabilities) {
  const Json all = all_of(wishes);
  Json told = Json::object();
  for (const std::string& capability : capabilities) {
    if (all.contains(capability)) told[capability] = all[capability];
  }
  return told;
}

std::vector<std::string> lacking(const NetworkList& list, const Wishes& wishes) {
  std::vector<std::string> names;
  const Json all = all_of(wishes);
  for (const char* needed : {"portMappings", "bandwidth", "ips"}) {
    if (all.contains(needed) && !has_capability(list, needed)) names.emplace_back(needed);
  }
  return names;
}

}  // namespace berth::cni
