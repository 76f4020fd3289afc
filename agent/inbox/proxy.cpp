// proxy.cpp - texts to ports, users and blocks.
#include "agent/inbox/proxy.hpp"

#include <algorithm>

#include "controlplane/protocol/proxy.hpp"

namespace berth::inbox {

namespace {

// source: reference networking, section 6: the incumbent always adds both. The third is the second
// by IPv6.
constexpr const char* kNeverRedirected[] = {"169.254.170.2", "169.254.169.254", "fd00:ec2::254"};

model::Proxy proxy_of(const protocol::ProxyProperties& read) {
  model::Proxy proxy;
  proxy.ignored_uid = read.ignored_uid;
  proxy.ignored_gid = read.ignored_gid;
  proxy.ingress_port = read.ingress_port;
  proxy.egress_port = read.egress_port;
  proxy.app_ports.assign(read.app_ports.begin(), read.app_ports.end());
  proxy.egress_ignored_ports.assign(read.egress_ignored_ports.begin(),
                                    read.egress_ignored_ports.end());
  proxy.egress_ignored_blocks = read.egress_ignored_ips;
  for (const std::string address : kNeverRedirected) {
    auto& blocks = proxy.egress_ignored_blocks;
    if (std::find(blocks.begin(), blocks.end(), address) == blocks.end()) blocks.push_back(address);
  }
  return proxy;
}

}  // namespace

void add_proxy(const protocol::Task& given, model::Task& task, Findings& findings) {
  if (!given.proxy) return;
  if (task.network_mode != model::NetworkMode::Awsvpc) {
    findings.refuse("proxyConfiguration.type", given.proxy->type,
                    "not possible with network mode \"" +
                        std::string(model::name_of(task.network_mode)) + "\"; allowed is awsvpc");
    return;
  }
  const std::string& container = given.proxy->container_name;
  const bool is_there =
      std::any_of(task.containers.begin(), task.containers.end(),
                  [&container](const model::Container& one) { return one.name == container; });
  if (!is_there) {
    findings.refuse("proxyConfiguration.containerName", container,
                    "the task has no such container");
  }
  const auto read = protocol::proxy_properties(given.proxy->properties);
  if (!read) {
    findings.refuse_as(read.error().message);
    return;
  }
  for (const std::string& property : read->cut_short) {
    findings.pass_over("proxyConfiguration.properties." + property + " after the first 15");
  }
  task.proxy = proxy_of(*read);
}

}  // namespace berth::inbox
