// kernel_tries.cpp - what tasks are made of, made once where nobody sees it.
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include <cerrno>
#include <functional>

#include "agent/doctor/kernel.hpp"
#include "agent/doctor/words.hpp"
#include "base/text.hpp"
#include "base/unique_fd.hpp"
#include "firewall/nftables.hpp"
#include "netns/link.hpp"
#include "netns/namespace.hpp"
#include "netns/shaping.hpp"

namespace berth::doctor {

namespace {

using Try = std::function<Result<>()>;

constexpr const char* kHere = "here";
constexpr const char* kThere = "there";
constexpr std::uint16_t kAnyVlan = 7;
constexpr std::uint64_t kAnyRate = 1'000'000;

Result<UniqueFd> this_namespace() {
  UniqueFd fd(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  if (!fd) return os_error(errno, "open a network namespace");
  return fd;
}

Result<netns::Link> make_veth(netns::Netlink& netlink, int netns) {
  netns::VethPair pair;
  pair.name = kHere;
  pair.mac = {0x02, 0, 0, 0, 0, 1};
  pair.peer_name = kThere;
  pair.peer_mac = {0x02, 0, 0, 0, 0, 2};
  pair.peer_netns = netns;
  BERTH_CHECK(netlink.change(netns::veth_request(pair)));
  return netns::find_link(netlink, kHere);
}

Result<> try_veth() {
  BERTH_TRY(netns::NetlinkSocket netlink, netns::NetlinkSocket::open());
  BERTH_TRY(const UniqueFd here, this_namespace());
  BERTH_CHECK(make_veth(netlink, here.get()));
  return ok();
}

/// A device on one end of a veth.
Result<> try_on_veth(const std::function<netns::Request(const netns::LanDevice&)>& request) {
  BERTH_TRY(netns::NetlinkSocket netlink, netns::NetlinkSocket::open());
  BERTH_TRY(const UniqueFd here, this_namespace());
  BERTH_TRY(const netns::Link parent, make_veth(netlink, here.get()));
  netns::LanDevice device;
  device.name = "lan";
  device.parent = parent.index;
  device.mac = {0x02, 0, 0, 0, 0, 3};
  device.netns = here.get();
  return netlink.change(request(device));
}

Result<> try_macvlan() {
  return try_on_veth([](const netns::LanDevice& device) { return netns::macvlan_request(device); });
}

Result<> try_vlan() {
  return try_on_veth(
      [](const netns::LanDevice& device) { return netns::vlan_request(device, kAnyVlan); });
}

Result<> try_bridge() {
  BERTH_TRY(netns::NetlinkSocket netlink, netns::NetlinkSocket::open());
  netns::Request request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, ifinfomsg{}, "make a bridge");
  request.text(IFLA_IFNAME, kHere).open(IFLA_LINKINFO).text(IFLA_INFO_KIND, "bridge").close();
  return netlink.change(request);
}

Result<> try_shaping() {
  BERTH_TRY(netns::NetlinkSocket netlink, netns::NetlinkSocket::open());
  BERTH_TRY(const UniqueFd here, this_namespace());
  BERTH_CHECK(make_veth(netlink, here.get()));
  netns::Shaping shaping;
  shaping.link = kHere;
  shaping.ifb = "queue";
  shaping.alias = "doctor";
  shaping.bandwidth = {kAnyRate, kAnyRate};
  return netns::shape(netlink, shaping);
}

/// As the ruleset of berth has it: address translation, what belongs to a connection, a set.
Result<> try_nftables() {
  BERTH_CHECK(
      firewall::run_nftables("add table inet t\n"
                             "add chain inet t n { type nat hook postrouting priority 100 ; }\n"
                             "add rule inet t n masquerade\n"
                             "add set inet t s { type ipv4_addr ; }\n"
                             "add chain inet t f { type filter hook forward priority 0 ; }\n"
                             "add rule inet t f ct state established ip saddr @s accept\n"));
  return ok();
}

struct Wanted {
  const char* name;
  std::vector<const char*> modules;
  Try attempt;
  std::string needed_by;
  Verdict without = Verdict::Error;
};

std::vector<Wanted> wanted_by(const std::string& driver) {
  std::vector<Wanted> all{{"network namespaces", {}, [] { return ok(); }, ""},
                          {"veth", {"veth"}, try_veth, ""},
                          {"nf_tables",
                           {"nfnetlink", "nf_tables", "nft_chain_nat", "nft_masq", "nft_ct"},
                           try_nftables,
                           ""},
                          {"bridge",
                           {"bridge"},
                           try_bridge,
                           "the CNI plugin bridge",
                           driver == "cni" ? Verdict::Error : Verdict::Ok},
                          {"bandwidth limits",
                           {"sch_tbf", "ifb", "sch_ingress", "cls_u32", "act_mirred"},
                           try_shaping,
                           "tasks with the labels berth.bandwidth.*",
                           Verdict::Warning}};
  if (driver == "macvlan") {
    all.push_back({"macvlan", {"macvlan"}, try_macvlan, "BERTH_ENI_DRIVER macvlan"});
  }
  if (driver == "vlan") all.push_back({"VLANs", {"8021q"}, try_vlan, "BERTH_ENI_DRIVER vlan"});
  return all;
}

Feature look_at(const Dir& root, const Wanted& wanted) {
  Feature feature{wanted.name, Presence::Works, "", wanted.needed_by, wanted.without};
  std::vector<std::string> unloaded;
  for (const char* module : wanted.modules) {
    if (would_be_loaded(root, module)) unloaded.emplace_back(module);
  }
  if (!unloaded.empty()) return with_modules(root, std::move(feature), unloaded);
  const Result<> worked = netns::run_in_fresh(wanted.attempt);
  if (worked) return feature;
  return refused(root, std::move(feature), worked.error().message);
}

/// source: Linux, proc(5), "/proc/filesystems".
Feature look_at_overlay(const Dir& root) {
  Feature feature{"overlayfs", Presence::Works};
  const Result<std::string> text = root.read("proc/filesystems");
  if (text && has_word(words_of(*text), "overlay")) return feature;
  if (would_be_loaded(root, "overlay")) return with_modules(root, std::move(feature), {"overlay"});
  return refused(root, std::move(feature), "it is not in /proc/filesystems");
}

}  // namespace

std::vector<Feature> look_at_kernel(const Dir& root, const std::string& eni_driver) {
  std::vector<Feature> features{look_at_overlay(root)};
  for (const Wanted& one : wanted_by(eni_driver)) features.push_back(look_at(root, one));
  return features;
}

}  // namespace berth::doctor
