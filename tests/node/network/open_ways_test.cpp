// open_ways_test.cpp - what the agent does about others' rules: written down first, told, undone.
#include "agent/steps/open_ways.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>

#include "agent/steps/watch_rules.hpp"
#include "firewall/neighbours.hpp"
#include "firewall/nftables.hpp"
#include "tests/agent/steps/workbench.hpp"
#include "tests/node/network/host.hpp"

namespace berth::netns {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// firewall-cmd that knows some zones: what it was called with.
class Firewalld final : public Spawner {
 public:
  Async<Exited> run(Command command, std::function<void(std::string)>, Deadline) override {
    const std::string zone = command.argv.at(2).substr(std::string("--zone=").size());
    calls.push_back(zone + " " + command.argv.at(3));
    const bool knows = std::find(zones.begin(), zones.end(), zone) != zones.end();
    Exited exited{knows ? 0 : 112, ""};
    co_return exited;
  }

  std::vector<std::string> zones;
  std::vector<std::string> calls;
};

/// Docker's chains for IPv4 as nft itself makes them, and a device of a task.
class OpenWays : public HostTest {
 protected:
  void SetUp() override {
    HostTest::SetUp();
    bench = std::make_unique<steps::testing::Workbench>();
    bench->tools.note_host_change = [this](std::string kind, std::string name, std::string) {
      return note(std::move(kind), std::move(name));
    };
    ASSERT_TRUE(bench->firewall.add(device_of("web", interface(2))));
  }
  void TearDown() override { bench.reset(); }

  Async<> note(std::string kind, std::string name) {
    const auto open = firewall::opened_ways("test");
    noted.push_back(kind + " " + name + (open->empty() ? "" : " too late"));
    co_return ok();
  }

  void lay_out_docker() {
    const auto made = firewall::run_nftables(
        "add table ip filter\n"
        "add chain ip filter DOCKER-USER\n"
        "add chain ip filter FORWARD { type filter hook forward priority 0; policy drop; }\n"
        "add rule ip filter FORWARD jump DOCKER-USER\n");
    ASSERT_TRUE(made) << made.error();
  }

  void lay_out_firewalld(const std::string& rule) {
    const auto made = firewall::run_nftables(
        "add table inet firewalld\n"
        "add chain inet firewalld filter_FORWARD { type filter hook forward priority 10; }\n"
        "add chain inet firewalld filter_FORWARD_ZONES\n"
        "add rule inet firewalld filter_FORWARD jump filter_FORWARD_ZONES\n" +
        rule);
    ASSERT_TRUE(made) << made.error();
    bench->tools.spawner = &firewalld;
  }

  std::string open() {
    const auto doubts = bench->loop.run(steps::open_ways(bench->tools));
    return doubts ? *doubts : doubts.error().text();
  }

  std::unique_ptr<steps::testing::Workbench> bench;
  std::vector<std::string> noted;
  Firewalld firewalld;
};

TEST_F(OpenWays, AreWrittenDownBeforeTheyAreThereAndGoWithTheLastTask) {
  lay_out_docker();

  EXPECT_EQ(open(), "");
  EXPECT_THAT(noted, ElementsAre("nft-accept ip filter DOCKER-USER"));
  EXPECT_EQ(firewall::opened_ways("test")->size(), 1U);

  ASSERT_TRUE(bench->loop.run(steps::close_unneeded_ways(bench->tools)));
  EXPECT_EQ(firewall::opened_ways("test")->size(), 1U) << "a task is still there";
  ASSERT_TRUE(bench->firewall.remove(device_of("web", interface(2)).name));
  ASSERT_TRUE(bench->loop.run(steps::close_unneeded_ways(bench->tools)));
  EXPECT_THAT(*firewall::opened_ways("test"), IsEmpty());
}

TEST_F(OpenWays, AreUndoneByWhatWasWrittenDown) {
  lay_out_docker();
  ASSERT_EQ(open(), "");

  ASSERT_TRUE(steps::undo_accept("ip filter DOCKER-USER", "test"));

  EXPECT_THAT(*firewall::opened_ways("test"), IsEmpty());
  EXPECT_TRUE(steps::undo_accept("ip filter DOCKER-USER", "test")) << "again";
}

TEST_F(OpenWays, ComeBackWhenSomebodyFlushesThem) {
  lay_out_docker();
  bench->loop.nursery.start("neighbours", steps::watch_neighbours(bench->tools));
  const auto is_open = [this] {
    bench->loop.io.restart();
    bench->loop.io.run_for(std::chrono::milliseconds(20));
    bench->clock.advance(std::chrono::milliseconds(500));
    return !firewall::opened_ways("test")->empty();
  };
  for (int tries = 0; tries < 250 && !is_open(); ++tries) {
  }
  ASSERT_TRUE(is_open()) << "at the start";

  ASSERT_EQ(std::system("nft flush chain ip filter DOCKER-USER"), 0);
  ASSERT_THAT(*firewall::opened_ways("test"), IsEmpty());

  for (int tries = 0; tries < 250 && !is_open(); ++tries) {
  }
  EXPECT_TRUE(is_open());
}

TEST_F(OpenWays, AreDoubtedWhereNobodyCanBeTold) {
  const auto made = firewall::run_nftables(
      "add table inet site\n"
      "add chain inet site forward { type filter hook forward priority 0; policy drop; }\n");
  ASSERT_TRUE(made) << made.error();

  EXPECT_EQ(open(), "forwarding blocked by inet site forward, policy drop, unless it accepts be*");
  EXPECT_THAT(noted, IsEmpty());
}

TEST_F(OpenWays, AreClosedOnceTheyAreNotWantedAnyMore) {
  lay_out_docker();
  ASSERT_EQ(open(), "");

  bench->tools.settings.firewall_integration = false;
  ASSERT_TRUE(bench->loop.run(steps::close_unneeded_ways(bench->tools)));

  EXPECT_THAT(*firewall::opened_ways("test"), IsEmpty());
}

TEST_F(OpenWays, AreOnlyDoubtedWhenTheyAreNotWanted) {
  bench->tools.settings.firewall_integration = false;
  lay_out_docker();

  EXPECT_THAT(open(), HasSubstr("forwarding blocked by ip filter DOCKER-USER"));
  EXPECT_THAT(*firewall::opened_ways("test"), IsEmpty());
  EXPECT_THAT(noted, IsEmpty());
}

constexpr const char* kByFirewalld = "forwarding blocked by inet firewalld filter_FORWARD";

TEST_F(OpenWays, LeadThroughTheZoneOfOurs) {
  firewalld.zones = {"berth", "trusted"};
  lay_out_firewalld("");

  EXPECT_EQ(open(), "");
  EXPECT_THAT(noted, ElementsAre("firewalld-interface berth be+"));
  EXPECT_THAT(firewalld.calls, ElementsAre("berth --add-interface=be+"));
}

TEST_F(OpenWays, LeadThroughAnotherZoneWhereOursIsNotThere) {
  firewalld.zones = {"trusted"};
  lay_out_firewalld("");

  EXPECT_EQ(open(), "");
  EXPECT_THAT(noted,
              ElementsAre("firewalld-interface berth be+", "firewalld-interface trusted be+"));
  EXPECT_THAT(firewalld.calls,
              ElementsAre("berth --add-interface=be+", "trusted --add-interface=be+"));
}

TEST_F(OpenWays, AreDoubtedWhereFirewalldHasNoZone) {
  lay_out_firewalld("");

  EXPECT_THAT(open(), HasSubstr(kByFirewalld));
}

TEST_F(OpenWays, AreOpenInAZoneThatSomebodyChose) {
  for (const bool is_wanted : {true, false}) {
    bench->tools.settings.firewall_integration = is_wanted;
    bench->tools.ways = {};
    lay_out_firewalld("add rule inet firewalld filter_FORWARD_ZONES iifname \"be*\" accept\n");

    EXPECT_EQ(open(), "") << is_wanted;
    EXPECT_THAT(firewalld.calls, IsEmpty()) << is_wanted;
  }
}

TEST_F(OpenWays, TellOfFirewalldWhenTheyAreNotWanted) {
  bench->tools.settings.firewall_integration = false;
  firewalld.zones = {"berth"};
  lay_out_firewalld("");

  EXPECT_EQ(open(),
            std::string(kByFirewalld) + ", policy reject, unless be+ is in a zone that accepts it");
  EXPECT_THAT(firewalld.calls, IsEmpty());
}

}  // namespace
}  // namespace berth::netns
