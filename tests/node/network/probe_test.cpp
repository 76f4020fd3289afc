// probe_test.cpp - who has an address of a LAN, asked and heard by real packets.
#include "netns/probe.hpp"

#include <gmock/gmock.h>
#include <poll.h>

#include <fstream>

#include "netns/announce.hpp"
#include "netns/link.hpp"
#include "tests/node/network/lan.hpp"

namespace berth::netns {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr int kAnswersMs = 2000;  // on a busy machine
constexpr int kSilenceMs = 200;

bool is_readable(int fd, int within_ms) {
  pollfd ready{fd, POLLIN, 0};
  return ::poll(&ready, 1, within_ms) == 1;
}

/// What `probe` hears while `asker` asks.
std::optional<Claim> heard_of(Probe& asker, Probe& probe, int within_ms) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(within_ms);
  while (std::chrono::steady_clock::now() < until) {
    if (!is_readable(probe.fd(), 20)) {
      EXPECT_TRUE(asker.ask());  // a device that has just come up may have lost the first
      continue;
    }
    const auto claim = probe.hear();
    EXPECT_TRUE(claim) << claim.error();
    if (claim && *claim) return *claim;
  }
  return std::nullopt;
}

std::optional<Claim> answer_to(Probe& probe, int within_ms) {
  return heard_of(probe, probe, within_ms);
}

std::vector<Claim> heard_by(LanEar& ear, int within_ms) {
  if (!is_readable(ear.fd(), within_ms)) return {};
  const auto claims = ear.read();
  EXPECT_TRUE(claims) << claims.error();
  return claims ? *claims : std::vector<Claim>{};
}

const IpAddress kTask4 = *parse_ip("10.77.0.31");
const IpAddress kTask6 = *parse_ip("2001:db8:7::31");

class ProbeOf : public LanTest, public ::testing::WithParamInterface<Way> {
 protected:
  void SetUp() override { set_up(GetParam(), "0"); }

  /// The task's network, of which nobody hears yet.
  Task start_quietly(OwnInterface own) {
    own.is_announced = false;
    return start_as(own, 31, [](firewall::Device&) {}, {});
  }
  Result<Probe> ask_for(const Task& task, const std::vector<IpAddress>& addresses) {
    const auto place = any.place_on_lan(task.name, task.own);
    EXPECT_TRUE(place) << place.error();
    Result<Probe> probe;
    EXPECT_TRUE(run_at(*place, [&]() -> Result<> {
      probe = Probe::begin(place->link, place->mac, addresses);
      return ok();
    }));
    EXPECT_TRUE(probe) << probe.error();
    return probe;
  }
  Link device_of_peer() { return *find_link(*peer().netlink, way == Way::Vlan ? "lan" : "eth0"); }
  Result<Probe> ask_from_peer(const std::vector<IpAddress>& addresses) {
    const Link device = device_of_peer();
    Result<Probe> probe;
    inside(peer(), [&] { probe = Probe::begin(device.index, device.mac, addresses); });
    EXPECT_TRUE(probe) << probe.error();
    return probe;
  }
  Result<LanEar> ear_at(const Namespace* machine, std::uint32_t link, const MacAddress& own,
                        const IpAddress& address, bool hears_probes) {
    Result<LanEar> ear;
    const auto open = [&] { ear = LanEar::open(link, address.is_v6, own); };
    if (machine != nullptr) {
      inside(*machine, open);
    } else {
      open();
    }
    EXPECT_TRUE(ear) << ear.error();
    EXPECT_TRUE(ear->follow({address}, hears_probes));
    return ear;
  }
  MacAddress mac_on_lan() const {
    return way == Way::LanRouted ? derived_mac(0x02, "host") : interface_of(31).mac;
  }
};

INSTANTIATE_TEST_SUITE_P(By, ProbeOf,
                         ::testing::Values(Way::LanRouted, Way::Macvlan, Way::Nic, Way::Vlan),
                         [](const auto& param) { return name_of(param.param); });

TEST_P(ProbeOf, AFreeAddressHearsNothing) {
  const Task task = start_quietly(interface_of(31));
  auto probe = ask_for(task, {kTask4, kTask6});

  EXPECT_EQ(answer_to(*probe, kSilenceMs), std::nullopt);
}

TEST_P(ProbeOf, AnAddressInUseHearsItsOwner) {
  const Task task = start_quietly(interface_of(31));
  for (const char* text : {"10.77.0.20", "2001:db8:7::20"}) {
    const IpAddress address = *parse_ip(text);
    auto probe = ask_for(task, {address});

    EXPECT_EQ(answer_to(*probe, kAnswersMs),
              (Claim{Claim::Kind::Uses, address, device_of_peer().mac}));
  }
}

TEST_P(ProbeOf, OneAddressAmongFreeOnesHearsItsOwner) {
  const Task task = start_quietly(interface_of(31));
  auto probe = ask_for(task, {kTask4, *parse_ip("2001:db8:7::20")});

  EXPECT_EQ(answer_to(*probe, kAnswersMs)->address, *parse_ip("2001:db8:7::20"));
}

TEST_P(ProbeOf, AnAddressOthersAskForAtTheSameTimeHearsThem) {
  const Task task = start_quietly(interface_of(31));
  for (const IpAddress& address : {kTask4, kTask6}) {
    auto probe = ask_for(task, {address});
    auto other = ask_from_peer({address});

    EXPECT_EQ(heard_of(*probe, *other, kAnswersMs),
              (Claim{Claim::Kind::Asks, address, mac_on_lan()}));
    EXPECT_EQ(heard_of(*other, *probe, kAnswersMs),
              (Claim{Claim::Kind::Asks, address, device_of_peer().mac}));
  }
}

TEST_P(ProbeOf, AnAddressNotYetAnnouncedHearsNothing) {
  start_quietly(interface_of(31));
  auto probe = ask_from_peer({kTask4, kTask6});

  EXPECT_EQ(answer_to(*probe, kSilenceMs), std::nullopt);
  EXPECT_FALSE(connects_to("10.77.0.31"));  // the host leads nowhere either
}

TEST_P(ProbeOf, AnAnnouncedAddressHearsTheTask) {
  const Task task = start_quietly(interface_of(31));
  ASSERT_TRUE(create_network(pins, any, task.name, interface_of(31)));
  for (const IpAddress& address : {kTask4, kTask6}) {
    // For others the kernel answers questions only; who asks so is answered by the daemon.
    if (way == Way::LanRouted && !address.is_v6) continue;
    auto probe = ask_from_peer({address});

    EXPECT_EQ(answer_to(*probe, kAnswersMs), (Claim{Claim::Kind::Uses, address, mac_on_lan()}));
  }
  const UniqueFd listener = listen_in(task.space);
  inside(peer(), [] {
    EXPECT_TRUE(connects_to("10.77.0.31"));
    EXPECT_TRUE(connects_to("2001:db8:7::31"));
  });
}

TEST_P(ProbeOf, TheKernelAsksForNoAddressThatIsSet) {
  const Link device = device_of_peer();
  auto ear = ear_at(&peer(), device.index, device.mac, kTask6, true);

  const Task task = start(31);

  for (const Claim& claim : heard_by(*ear, kAnswersMs)) {
    EXPECT_EQ(claim, (Claim{Claim::Kind::Uses, kTask6, mac_on_lan()}));
  }
  const auto check = [] {
    std::ifstream addresses("/proc/thread-self/net/if_inet6");
    std::string address, index, bits, scope, flags, name;
    while (addresses >> address >> index >> bits >> scope >> flags >> name) {
      constexpr unsigned long kTentative = 0x40;  // linux/if_addr.h, IFA_F_TENTATIVE
      // The kernel's own ones of veths are nobody else's.
      if (scope != "00" && name != "lan") continue;
      EXPECT_EQ(std::stoul(flags, nullptr, 16) & kTentative, 0U) << address << " of " << name;
    }
  };
  inside(task.space, check);
  if (has_gateway(task.own.access)) inside(*pins.open(gateway_name(task.name)), check);
}

TEST_P(ProbeOf, AnEarHearsWhoElseUsesAnAddressAndNothingElse) {
  const Task task = start(31);
  const auto place = any.place_on_lan(task.name, task.own);
  const Link device = device_of_peer();
  for (const IpAddress& address : {kTask4, kTask6}) {
    auto ear = ear_at(place->gateway.fd ? &place->gateway : nullptr, place->link, place->mac,
                      address, false);
    inside(peer(), [&] {
      const UniqueFd listener = listen_in(task.space);
      // Ordinary questions, and those for other addresses.
      EXPECT_TRUE(connects_to(text_of(address)));
      auto other = Probe::begin(device.index, device.mac, {address});
      EXPECT_TRUE(announce(device.index, *parse_ip("10.77.0.99"), device.mac));
      EXPECT_TRUE(announce(device.index, *parse_ip("2001:db8:7::99"), device.mac));
    });
    EXPECT_TRUE(ear->announce(address));  // its own
    EXPECT_THAT(heard_by(*ear, kSilenceMs), IsEmpty());

    inside(peer(), [&] { EXPECT_TRUE(announce(device.index, address, device.mac)); });

    EXPECT_THAT(heard_by(*ear, kAnswersMs),
                ElementsAre(Claim{Claim::Kind::Uses, address, device.mac}));
  }
}

TEST_P(ProbeOf, AnEarFollowsManyAddresses) {
  const Task task = start(31);
  const auto place = any.place_on_lan(task.name, task.own);
  const Link device = device_of_peer();
  for (const int count : {300, 2500}) {  // more than a jump reaches; more than a filter holds
    std::vector<IpAddress> all;
    for (int at = 0; at < count; ++at) {
      all.push_back(
          *parse_ip("10.78." + std::to_string(at / 250) + "." + std::to_string(at % 250)));
    }
    auto ear = ear_at(place->gateway.fd ? &place->gateway : nullptr, place->link, place->mac,
                      kTask4, false);
    ASSERT_TRUE(ear->follow(all, false));

    inside(peer(), [&] {
      EXPECT_TRUE(announce(device.index, kTask4, device.mac));
      EXPECT_TRUE(announce(device.index, all.back(), device.mac));
    });

    std::vector<Claim> heard;
    while (heard.empty() && is_readable(ear->fd(), kAnswersMs)) heard = *ear->read();
    EXPECT_THAT(heard, ElementsAre(Claim{Claim::Kind::Uses, all.back(), device.mac}));
  }
}

}  // namespace
}  // namespace berth::netns
