// network.cpp - default route, MTU, forwarding.
#include "agent/doctor/network.hpp"

#include <algorithm>
#include <map>

#include "agent/doctor/words.hpp"
#include "base/text.hpp"
#include "netns/forwarding.hpp"
#include "netns/link.hpp"
#include "netns/parent.hpp"
#include "netns/sysctl.hpp"

namespace berth::doctor {

namespace {

constexpr const char* kNetwork = "network";
constexpr std::uint32_t kLeastMtu = 1280;  // of IPv6. source: RFC 8200, section 5
constexpr std::uint32_t kUsualMtu = 1500;
constexpr const char* kForwardKey = "net.ipv4.ip_forward";

bool uses_parent(const std::string& driver) {
  return driver == "macvlan" || driver == "vlan" || driver == "lan-routed";
}

/// "net.ipv4.ip_forward = 1" of a line; a leading '-' forgives failures.
void read_line(const std::string& line, const std::string& key, const std::string& file,
               BootSetting& setting) {
  const std::size_t equals = line.find('=');
  if (equals == std::string::npos || line.front() == '#' || line.front() == ';') return;
  std::string name(trimmed(line.substr(0, equals)));
  if (name.starts_with("-")) name.erase(0, 1);
  std::replace(name.begin(), name.end(), '/', '.');
  if (name == key) setting = {"/" + file, std::string(trimmed(line.substr(equals + 1)))};
}

void look_at_device(netns::Netlink& netlink, const Dir& root, const std::string& parent,
                    NetworkFacts& facts) {
  const Result<netns::Link> link =
      netns::find_parent(netlink, uses_parent(facts.driver) ? parent : "");
  if (!link) {
    const bool has_no_route = !uses_parent(facts.driver) && link.failed_with(Errc::NotFound);
    facts.failure = has_no_route ? "the host has no default route" : link.error().message;
    return;
  }
  facts.device = link->name;
  facts.mtu = link->mtu;
  facts.is_running = link->is_running;
  if (!uses_parent(facts.driver)) return;
  Result<> suits = netns::check_forwards(netlink, *link);
  const Result<Dir> devices = root.sub("sys/class/net");
  if (suits && facts.driver != "lan-routed" && devices) {
    suits = netns::check_carries(netlink, *link, *devices);
  }
  if (!suits) facts.failure = suits.error().message;
}

Finding judge_device(const NetworkFacts& facts) {
  const char* what = "way out";
  if (!facts.failure.empty()) {
    const std::string cure =
        uses_parent(facts.driver)
            ? "name a device that suits driver " + facts.driver + " in BERTH_ENI_PARENT"
            : "give the host a default route; without one images and the control plane are "
              "reached only on its own networks";
    return {kNetwork, what, uses_parent(facts.driver) ? Verdict::Error : Verdict::Warning,
            facts.failure, cure};
  }
  if (!facts.is_running) {
    return failed(kNetwork, what, facts.device + " carries nothing: no cable, or nobody joined",
                  "plug it in, or bring it up (ip link set " + facts.device + " up)");
  }
  return fine(kNetwork, what, facts.device);
}

Findings judge_mtu(const NetworkFacts& facts) {
  if (facts.device.empty()) return {};
  const std::string text = std::to_string(facts.mtu) + " bytes on " + facts.device;
  if (facts.mtu < kLeastMtu) {
    return {
        warned(kNetwork, "MTU", text + "; IPv6 needs 1280",
               "set it to what the network carries (ip link set " + facts.device + " mtu ...)")};
  }
  if (facts.mtu < kUsualMtu) return {fine(kNetwork, "MTU", text + "; tasks get the same")};
  return {fine(kNetwork, "MTU", text)};
}

Finding judge_forwarding(const NetworkFacts& facts) {
  const char* what = "forwarding";
  if (!facts.forwards) return unknown(kNetwork, what, std::string(kForwardKey) + " cannot be read");
  if (!*facts.forwards) {
    return fine(kNetwork, what, "off; berthd turns it on with the first task that needs it");
  }
  if (!facts.set_by.empty()) return fine(kNetwork, what, "on, by " + facts.set_by);
  return fine(kNetwork, what,
              std::string("on, by no file of sysctl.d: ") +
                  (facts.has_docker ? "Docker or berthd" : "berthd or another program") +
                  " turned it on");
}

/// A file that turns it off again at boot, or when somebody runs `sysctl --system` under tasks.
Findings judge_boot_setting(const NetworkFacts& facts) {
  if (facts.unset_by.empty()) return {};
  return {warned(
      kNetwork, "forwarding at boot",
      facts.unset_by + " sets " + kForwardKey + " to 0: `sysctl --system` cuts running tasks off",
      "take that line out of " + facts.unset_by)};
}

}  // namespace

BootSetting boot_setting(const Dir& root, const std::string& key) {
  std::map<std::string, std::string> path_of;  // by file name, which is what orders them
  for (const char* folder : {"usr/lib/sysctl.d", "run/sysctl.d", "etc/sysctl.d"}) {
    const Result<std::vector<std::string>> names = root.list(folder);
    if (!names) continue;
    for (const std::string& name : *names) {
      if (name.ends_with(".conf")) path_of[name] = std::string(folder) + "/" + name;
    }
  }
  std::vector<std::string> paths;
  for (const auto& [name, path] : path_of) paths.push_back(path);
  paths.emplace_back("etc/sysctl.conf");
  BootSetting setting;
  for (const std::string& path : paths) {
    const Result<std::string> text = root.read(path);
    if (!text) continue;
    for (const std::string& line : lines_of(*text))
      read_line(std::string(trimmed(line)) + " ", key, path, setting);
  }
  return setting;
}

NetworkFacts look_at_network(netns::Netlink& netlink, const Dir& root, const std::string& driver,
                             const std::string& parent) {
  NetworkFacts facts;
  facts.driver = driver;
  look_at_device(netlink, root, parent, facts);
  if (const Result<Dir> settings = root.sub("proc/sys")) {
    const Result<std::string> forwards = netns::read_sysctl(*settings, netns::kForwardV4);
    if (forwards) facts.forwards = *forwards == "1";
  }
  const BootSetting boot = boot_setting(root, kForwardKey);
  if (boot.value == "1") facts.set_by = boot.file;
  if (boot.value == "0") facts.unset_by = boot.file;
  facts.has_docker = static_cast<bool>(netns::find_link(netlink, "docker0"));
  return facts;
}

Findings judge_network(const NetworkFacts& facts) {
  Findings findings{judge_device(facts)};
  add(findings, judge_mtu(facts));
  findings.push_back(judge_forwarding(facts));
  add(findings, judge_boot_setting(facts));
  return findings;
}

}  // namespace berth::doctor
