// lookout_test.cpp - addresses are asked for ahead, on a LAN where others come and go.
#include "agent/networks/lookout.hpp"

#include <gmock/gmock.h>

#include "agent/networks/range.hpp"
#include "agent/plan/address_pool.hpp"
#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/fake_lans.hpp"
#include "tests/fakes/loop.hpp"

namespace berth::networks {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

netns::IpAddress ip(const std::string& text) {
  return netns::parse_ip(text).value();
}

model::NodeNetwork a_lan(const std::string& driver = "macvlan") {
  model::NodeNetwork network;
  network.name = "lan";
  network.access.driver = driver;
  network.subnet = "192.0.2.0/24";
  network.first = "192.0.2.200";
  network.last = "192.0.2.205";
  network.gateway = "192.0.2.1";
  return network;
}

class LookoutTest : public ::testing::Test {
 protected:
  ~LookoutTest() override { end(); }

  void begin(std::vector<model::NodeNetwork> those) {
    networks = std::move(those);
    nursery.emplace(loop.io.get_executor());
    lookout.emplace(Lookout::Needs{clock, lans, [this] { return networks; },
                                   [this](const model::NodeNetwork&, std::size_t most,
                                          const std::set<std::string>& pass_over) {
                                     return pool.next(most, clock.wall(), pass_over);
                                   }},
                    loop.io.get_executor());
    nursery->start("lookout", lookout->run());
    settle();
  }
  void end() {
    if (nursery) {
      EXPECT_TRUE(loop.run(nursery->stop()));
      EXPECT_TRUE(loop.run(lookout->stop()));
    }
    nursery.reset();
  }
  void settle() {
    loop.io.restart();
    loop.io.poll();
  }
  void pass(std::chrono::steady_clock::duration time) {
    clock.advance(time);
    settle();
  }
  /// A question, from the first word to the last silence.
  void pass_a_round() {
    for (const int wait : {60, 60, 80}) pass(milliseconds(wait));
  }
  std::string take() {
    const auto given = pool.take("task", clock.wall(), lookout->taken(networks.front()),
                                 lookout->free(networks.front()));
    lookout->changed();
    settle();
    return given->ipv4;
  }
  std::set<std::string> free() const { return lookout->free(networks.front()); }
  bool claim(const std::string& address) {
    return lookout->claim(networks.front().access, {ip(address)});
  }

  testing::Loop loop;
  testing::FakeClock clock;
  testing::FakeLans lans;
  plan::AddressPool pool{range_of(a_lan())};
  std::vector<model::NodeNetwork> networks;
  std::optional<Nursery> nursery;
  std::optional<Lookout> lookout;
};

TEST_F(LookoutTest, AsksThriceBeforeItBelievesInSilence) {
  begin({a_lan()});
  ASSERT_EQ(lans.questions.size(), 1u);
  EXPECT_THAT(lans.questions[0]->addresses, ElementsAre(ip("192.0.2.200"), ip("192.0.2.201"),
                                                        ip("192.0.2.202"), ip("192.0.2.203")));
  EXPECT_EQ(lookout->count_free("lan"), 0u);
  pass(milliseconds(60));
  pass(milliseconds(60));
  EXPECT_EQ(lans.questions[0]->times, 3);
  pass(milliseconds(79));
  EXPECT_THAT(free(), IsEmpty());

  pass(milliseconds(1));

  EXPECT_THAT(free(), ElementsAre("192.0.2.200", "192.0.2.201", "192.0.2.202", "192.0.2.203"));
  EXPECT_EQ(lookout->count_free("lan"), 4u);
}

TEST_F(LookoutTest, DoesNothingForNetworksWithoutALanOfTheirOwn) {
  model::NodeNetwork vlan = a_lan("vlan");
  vlan.access.vlan_id = 42;
  begin({a_lan("bridge"), vlan});

  EXPECT_THAT(lans.questions, IsEmpty());
  EXPECT_EQ(lookout->count_free("lan"), std::nullopt);
  EXPECT_GT(*clock.next_wake(), std::chrono::hours(24)) << "nothing wakes it";
}

TEST_F(LookoutTest, PassesOverWhoAnswers) {
  lans.owners = {ip("192.0.2.200"), ip("192.0.2.202")};
  begin({a_lan()});
  pass_a_round();
  pass_a_round();

  EXPECT_THAT(free(), ElementsAre("192.0.2.201", "192.0.2.203", "192.0.2.204", "192.0.2.205"));
  EXPECT_THAT(lookout->taken(a_lan()), ElementsAre("192.0.2.200", "192.0.2.202"));
  EXPECT_EQ(take(), "192.0.2.201");

  // The one who had it is gone, and berth asks again.
  lans.owners.clear();
  pass(minutes(5));
  for (int round = 0; round < 3; ++round) pass_a_round();
  EXPECT_TRUE(free().contains("192.0.2.202"));
}

TEST_F(LookoutTest, IsATasksWithoutAQuestionAndAskedForInItsPlace) {
  begin({a_lan()});
  pass_a_round();

  EXPECT_EQ(take(), "192.0.2.200");
  ASSERT_EQ(lans.questions.size(), 2u) << "for the next one";
  EXPECT_THAT(lans.questions[1]->addresses, ElementsAre(ip("192.0.2.204")));
  EXPECT_THAT(lans.questions[1]->besides, ElementsAre(ip("192.0.2.200"), ip("192.0.2.201"),
                                                      ip("192.0.2.202"), ip("192.0.2.203")));
  EXPECT_TRUE(claim("192.0.2.200"));
  EXPECT_FALSE(claim("192.0.2.200"));
  EXPECT_FALSE(claim("192.0.2.204")) << "it was not silent for long enough";
  pass_a_round();
  EXPECT_TRUE(claim("192.0.2.204"));
  EXPECT_FALSE(lookout->claim({"macvlan", "eth9"}, {ip("192.0.2.201")})) << "on another LAN";
}

TEST_F(LookoutTest, HearsWhoTakesOneThatWasHandedOut) {
  begin({a_lan()});
  pass_a_round();
  EXPECT_EQ(take(), "192.0.2.200");
  pass_a_round();

  lans.questions.back()->say({netns::Claim::Kind::Asks, ip("192.0.2.200"), {{2, 0, 0, 0, 0, 1}}});
  settle();

  EXPECT_FALSE(claim("192.0.2.200"));
  EXPECT_THAT(lookout->taken(a_lan()), ElementsAre("192.0.2.200"));
}

TEST_F(LookoutTest, AsksAgainAfterSomeMinutesAndWhenTheDeviceWasCutOff) {
  begin({a_lan()});
  pass_a_round();
  ASSERT_EQ(lans.questions.size(), 1u);
  pass(minutes(3) - milliseconds(201));
  EXPECT_EQ(lans.questions.size(), 1u);
  pass(milliseconds(1));
  EXPECT_EQ(lans.questions.size(), 2u);
  EXPECT_EQ(lookout->count_free("lan"), 4u) << "the silence before holds meanwhile";
  pass_a_round();

  lookout->devices_changed();
  settle();
  EXPECT_EQ(lans.questions.size(), 2u) << "it was another one";
  lans.place = "2 up, once more";
  lookout->devices_changed();
  settle();
  EXPECT_EQ(lans.questions.size(), 3u);
  EXPECT_THAT(free(), IsEmpty());
  pass_a_round();
  EXPECT_EQ(lookout->count_free("lan"), 4u);
}

TEST_F(LookoutTest, TriesAgainWhereALanCannotBeAsked) {
  lans.plan.fail_call(1, Error{Errc::NotFound, 0, "no such device"});
  begin({a_lan()});
  EXPECT_THAT(lans.questions, IsEmpty());
  lans.plan.fail_call(3, Error{Errc::Denied, 0, "no socket"});  // there is a device by then
  pass(Lookout::kTryAgain);
  EXPECT_THAT(lans.questions, IsEmpty());
  lookout->devices_changed();
  settle();
  ASSERT_EQ(lans.questions.size(), 1u);
  pass_a_round();
  EXPECT_EQ(lookout->count_free("lan"), 4u);

  lans.questions[0]->break_off();
  settle();
  EXPECT_THAT(free(), IsEmpty()) << "nobody listens for them";
  pass(Lookout::kTryAgain);
  pass_a_round();
  EXPECT_EQ(lookout->count_free("lan"), 4u);
}

TEST_F(LookoutTest, ForgetsANetworkThatIsGone) {
  begin({a_lan()});
  pass_a_round();
  networks.clear();
  lookout->changed();
  settle();

  EXPECT_THAT(lookout->free(a_lan()), IsEmpty());
  EXPECT_FALSE(lookout->claim(a_lan().access, {ip("192.0.2.200")}));
  EXPECT_GT(*clock.next_wake(), std::chrono::hours(24));
}

}  // namespace
}  // namespace berth::networks
