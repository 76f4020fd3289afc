// network_test.cpp - devices, forwarding, others' firewalls.
#include "agent/doctor/network.hpp"

#include <gmock/gmock.h>

#include <filesystem>

#include "agent/doctor/filter.hpp"
#include "tests/agent/doctor/verdicts.hpp"
#include "tests/fakes/own_netns.hpp"
#include "tests/fakes/scratch.hpp"

namespace berth::doctor {
namespace {

using ::testing::HasSubstr;

const auto* const own_netns = berth::testing::OwnNetns::for_this_program();

NetworkFacts usual() {
  NetworkFacts facts;
  facts.driver = "bridge";
  facts.device = "eth0";
  facts.mtu = 1500;
  facts.forwards = true;
  return facts;
}

TEST(JudgeNetwork, SaysWhoForwards) {
  NetworkFacts facts = usual();
  EXPECT_EQ(verdicts_of(judge_network(facts)), "way out o, MTU o, forwarding o");
  EXPECT_THAT(find(judge_network(facts), "forwarding").reason, HasSubstr("by no file of sysctl.d"));

  facts.set_by = "/etc/sysctl.d/99-router.conf";
  EXPECT_EQ(find(judge_network(facts), "forwarding").reason, "on, by /etc/sysctl.d/99-router.conf");

  facts = usual();
  facts.unset_by = "/etc/sysctl.conf";
  facts.forwards = false;
  const Findings unset = judge_network(facts);
  EXPECT_EQ(verdicts_of(unset), "way out o, MTU o, forwarding o, forwarding at boot w");
  EXPECT_TRUE(has_cures_where_needed(unset));

  facts.forwards.reset();
  EXPECT_EQ(find(judge_network(facts), "forwarding").verdict, Verdict::Unknown);
}

TEST(JudgeNetwork, TakesAMissingWayOutAsHardAsTheDriverDoes) {
  NetworkFacts facts = usual();
  facts.device.clear();
  facts.failure = "the host has no default route";
  EXPECT_EQ(verdicts_of(judge_network(facts)), "way out w, forwarding o");

  facts.driver = "macvlan";
  EXPECT_EQ(verdicts_of(judge_network(facts)), "way out e, forwarding o");
  EXPECT_TRUE(has_cures_where_needed(judge_network(facts)));
}

TEST(JudgeNetwork, LooksAtTheDevice) {
  NetworkFacts facts = usual();
  facts.is_running = false;
  facts.mtu = 1279;

  const Findings findings = judge_network(facts);

  EXPECT_EQ(verdicts_of(findings), "way out e, MTU w, forwarding o");
  EXPECT_TRUE(has_cures_where_needed(findings));
}

TEST(LookAtNetwork, OfAHostThatReachesNothing) {
  const berth::testing::Scratch scratch;
  std::filesystem::create_directories(scratch.path("proc/sys/net/ipv4"));
  scratch.write("proc/sys/net/ipv4/ip_forward", "1\n");
  auto netlink = netns::open_netlink();
  ASSERT_TRUE(netlink) << netlink.error();

  const NetworkFacts facts =
      look_at_network(**netlink, Dir::open(scratch.path()).value(), "bridge", "");

  EXPECT_EQ(facts.forwards, true);
  EXPECT_FALSE(facts.has_docker);
  EXPECT_THAT(facts.failure, HasSubstr("no default route"));
}

class BootSettings : public ::testing::Test {
 protected:
  void put(const std::string& path, const std::string& text) {
    std::filesystem::create_directories(std::filesystem::path(scratch_.path(path)).parent_path());
    scratch_.write(path, text);
  }
  std::string found() const {
    const BootSetting setting =
        boot_setting(Dir::open(scratch_.path()).value(), "net.ipv4.ip_forward");
    return setting.file + "=" + setting.value;
  }

 private:
  berth::testing::Scratch scratch_;
};

TEST_F(BootSettings, AreThoseOfTheLastFileByName) {
  EXPECT_EQ(found(), "=");
  put("etc/sysctl.d/10-a.conf", "# net.ipv4.ip_forward=0\nnet.ipv4.ip_forward = 1\n");
  EXPECT_EQ(found(), "/etc/sysctl.d/10-a.conf=1");
  put("usr/lib/sysctl.d/50-b.conf", "-net/ipv4/ip_forward=0\n");
  EXPECT_EQ(found(), "/usr/lib/sysctl.d/50-b.conf=0");
  put("etc/sysctl.d/50-b.conf", "net.ipv6.conf.all.forwarding=1\n");  // in its place
  EXPECT_EQ(found(), "/etc/sysctl.d/10-a.conf=1");
  put("etc/sysctl.conf", ";net.ipv4.ip_forward=1\n  net.ipv4.ip_forward=0\n");
  EXPECT_EQ(found(), "/etc/sysctl.conf=0");
  put("etc/sysctl.d/99.conf.bak", "net.ipv4.ip_forward=1\n");
  EXPECT_EQ(found(), "/etc/sysctl.conf=0");
}

TEST(JudgeFilter, ByWhetherBerthMayOpenAWay) {
  FilterFacts facts;
  EXPECT_EQ(verdicts_of(judge_filter(facts)), "others' rules o");

  facts.around.openings = {{"ip", "filter", "DOCKER-USER"}};
  facts.around.has_firewalld = true;
  facts.has_firewall_cmd = true;
  EXPECT_EQ(verdicts_of(judge_filter(facts)), "ip filter DOCKER-USER o, firewalld o");
  facts.has_firewall_cmd = false;
  EXPECT_EQ(verdicts_of(judge_filter(facts)), "ip filter DOCKER-USER o, firewalld w");
  facts.is_integrated = false;
  EXPECT_EQ(verdicts_of(judge_filter(facts)), "ip filter DOCKER-USER w, firewalld w");
  EXPECT_TRUE(has_cures_where_needed(judge_filter(facts)));
}

TEST(JudgeFilter, WarnsOfWhatNobodyCanOpen) {
  FilterFacts facts;
  facts.around.drops = {"inet mine forward"};
  facts.around.has_legacy_rules = true;

  const Findings findings = judge_filter(facts);

  EXPECT_EQ(verdicts_of(findings), "inet mine forward w, iptables-legacy w");
  EXPECT_TRUE(has_cures_where_needed(findings));
}

}  // namespace
}  // namespace berth::doctor
