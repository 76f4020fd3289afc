// host_changes_test.cpp - what is written down of the host before a task's network is made.
#include <gmock/gmock.h>

#include "agent/steps/create_network.hpp"
#include "firewall/table.hpp"
#include "netns/sysctl.hpp"
#include "tests/agent/steps/workbench.hpp"
#include "tests/node/network/host.hpp"

namespace berth::netns {
namespace {

using ::testing::Contains;

class HostChanges : public HostTest {
 protected:
  void SetUp() override {
    HostTest::SetUp();
    bench = std::make_unique<steps::testing::Workbench>();
    bench->tools.pins = Pins("/run/netns", "test");
    bench->tools.note_host_change = [this](std::string kind, std::string name, std::string) {
      return note(std::move(kind), std::move(name));
    };
    ASSERT_TRUE(set_sysctl(*Dir::open("/proc/sys"), "net/ipv4/ip_forward", "0"));
  }
  void TearDown() override { bench.reset(); }

  Async<> note(std::string kind, std::string name) {
    noted.push_back(kind + " " + name);
    co_return ok();
  }

  void make_network(int last) {
    model::Task task = steps::testing::a_task({steps::testing::a_container("web")});
    task.arn = "arn:aws:ecs:us-east-1:123456789012:task/lab/" + std::to_string(last) +
               std::string(31, 'b');
    task.network_mode = model::NetworkMode::Awsvpc;
    model::Eni eni;
    eni.mac = text_of(interface(last).mac);
    eni.ipv4 = "10.213.1." + std::to_string(last);
    eni.prefix_length = 24;
    eni.gateway = "10.213.1.1";
    task.eni = eni;
    const auto made = bench->run(
        steps::create_network(bench->tools, bench->share(bench->record_of(std::move(task)))));
    ASSERT_TRUE(made) << made.error();
  }

  std::unique_ptr<steps::testing::Workbench> bench;
  std::vector<std::string> noted;
};

TEST_F(HostChanges, NameWhatIsChanged) {
  ASSERT_EQ(host_setting("net/ipv4/ip_forward"), "0");

  make_network(2);

  EXPECT_THAT(noted, Contains("nft-table test"));
  EXPECT_THAT(noted, Contains("sysctl net/ipv4/ip_forward"));
  EXPECT_EQ(host_setting("net/ipv4/ip_forward"), "1");
}

TEST_F(HostChanges, AreMadeAgainWhenSomebodyTookThemBack) {
  make_network(2);
  const Dir proc_sys = *Dir::open("/proc/sys");
  ASSERT_TRUE(set_sysctl(proc_sys, "net/ipv4/ip_forward", "0"));
  ASSERT_TRUE(firewall::remove_table("test"));

  make_network(3);

  EXPECT_EQ(host_setting("net/ipv4/ip_forward"), "1");
  EXPECT_TRUE(*firewall::exists("test"));
}

TEST_F(HostChanges, AreMadeAgainWhenAnotherAgentTookTheDirectoryOfPins) {
  make_network(2);
  const Pins& own = bench->tools.pins;
  const auto pinned = own.list();
  ASSERT_TRUE(pinned) << pinned.error();
  for (const std::string& name : *pinned) {
    ASSERT_TRUE(drop_network(own, bench->tools.driver, name));
  }
  ASSERT_TRUE(Pins("/run/netns", "another").remove_empty_directory());
  ASSERT_FALSE(own.has_directory());

  make_network(3);

  EXPECT_EQ(own.list()->size(), 1U);
}

}  // namespace
}  // namespace berth::netns
