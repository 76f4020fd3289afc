// port_mappings.cpp - by network mode.
#include "agent/inbox/port_mappings.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <tuple>
#include <utility>

namespace berth::inbox {

namespace {

constexpr std::int64_t kLastPort = 65'535;
constexpr int kLongestRange = 1000;  // each port is held by a socket of berthd

bool is_port(std::int64_t port) {
  return port > 0 && port <= kLastPort;
}

std::string protocol_of(const protocol::PortMapping& mapping) {
  return mapping.protocol.empty() ? "tcp" : mapping.protocol;
}

void add_host_ports(const protocol::Container& given, model::Container& container) {
  for (const protocol::PortMapping& mapping : given.port_mappings) {
    const std::int64_t port = mapping.host_port > 0 ? mapping.host_port : mapping.container_port;
    if (!is_port(port)) continue;
    container.host_ports.push_back(
        {static_cast<int>(port), mapping.protocol == "udp" ? "udp" : "tcp"});
  }
}

/// "8000-8010" as two ports.
std::optional<std::pair<int, int>> range_in(const std::string& text) {
  std::pair<int, int> range;
  const char* end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, range.first);
  if (first.ec != std::errc{} || first.ptr == end || *first.ptr != '-') return std::nullopt;
  const auto last = std::from_chars(first.ptr + 1, end, range.second);
  if (last.ec != std::errc{} || last.ptr != end) return std::nullopt;
  if (!is_port(range.first) || !is_port(range.second) || range.second < range.first) {
    return std::nullopt;
  }
  return range;
}

std::optional<model::PortMapping> mapping_of(const protocol::PortMapping& given,
                                             const std::string& where, Findings& findings) {
  model::PortMapping mapping;
  mapping.protocol = protocol_of(given);
  if (mapping.protocol != "tcp" && mapping.protocol != "udp") {
    findings.refuse(where + ".protocol", given.protocol, "must be tcp or udp");
    return std::nullopt;
  }
  if (!given.container_port_range.empty()) {
    const auto range = range_in(given.container_port_range);
    if (!range || range->second - range->first >= kLongestRange) {
      findings.refuse(where + ".containerPortRange", given.container_port_range,
                      "must be two ports as 8000-8010, the smaller first, 1000 at most");
      return std::nullopt;
    }
    std::tie(mapping.container_port, mapping.last_container_port) = *range;
    return mapping;
  }
  if (!is_port(given.container_port)) {
    findings.refuse(where + ".containerPort", std::to_string(given.container_port),
                    "must be from 1 to 65535");
    return std::nullopt;
  }
  if (given.host_port < 0 || given.host_port > kLastPort) {
    findings.refuse(where + ".hostPort", std::to_string(given.host_port),
                    "must be from 0 to 65535");
    return std::nullopt;
  }
  mapping.container_port = static_cast<int>(given.container_port);
  mapping.last_container_port = mapping.container_port;
  mapping.host_port = static_cast<int>(given.host_port);
  return mapping;
}

void add_published(const protocol::Container& given, const std::string& where,
                   model::Container& container, Findings& findings) {
  for (std::size_t at = 0; at < given.port_mappings.size(); ++at) {
    const std::string here = where + ".portMappings[" + std::to_string(at) + "]";
    const auto mapping = mapping_of(given.port_mappings[at], here, findings);
    if (!mapping) continue;
    container.port_mappings.push_back(*mapping);
    if (mapping->host_port != 0) {
      container.host_ports.push_back({mapping->host_port, mapping->protocol});
    }
  }
}

/// "container:alias", or a container under its own name.
void add_links(const protocol::Container& given, const std::string& where, const model::Task& task,
               model::Container& container, Findings& findings) {
  for (const std::string& link : given.links) {
    const std::size_t colon = link.find(':');
    const std::string name = link.substr(0, colon);
    const bool is_there = std::any_of(task.containers.begin(), task.containers.end(),
                                      [&name](const auto& one) { return one.name == name; });
    if (!is_there) findings.refuse(where + ".links", link, "names no container of the task");
    container.links.emplace_back(name, colon == std::string::npos ? name : link.substr(colon + 1));
  }
}

}  // namespace

void add_port_mappings(const protocol::Task& given, model::Task& task, Findings& findings) {
  for (std::size_t at = 0; at < task.containers.size() && at < given.containers.size(); ++at) {
    const std::string where = "containerDefinitions[" + std::to_string(at) + "]";
    if (task.network_mode == model::NetworkMode::Host) {
      add_host_ports(given.containers[at], task.containers[at]);
    }
    if (task.network_mode == model::NetworkMode::Bridge) {
      add_published(given.containers[at], where, task.containers[at], findings);
      add_links(given.containers[at], where, task, task.containers[at], findings);
    } else if (!given.containers[at].links.empty()) {
      findings.pass_over(where + ".links");
    }
  }
}

}  // namespace berth::inbox
