// join_test.cpp - registration with what the node remembers, and what it does when it fails.
#include "agent/node/join.hpp"

#include <gmock/gmock.h>

#include <optional>

#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/fake_control_plane.hpp"
#include "tests/fakes/fake_node_book.hpp"
#include "tests/fakes/loop.hpp"

namespace berth::node {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

class Join : public ::testing::Test {
 protected:
  Join() {
    offer.cluster = "default";
    facts.cpus = 2;
    facts.memory = Mebibytes{4096};
  }
  ~Join() override { loop.stop(); }

  static Async<> keep(Async<Joined> joining, std::optional<Result<std::string>>* into) {
    Result<Joined> as = co_await std::move(joining);
    *into = as ? Result<std::string>(as->instance_arn) : as.error();
    co_return ok();
  }
  void begin() {
    loop.nursery.start("join", keep(join(service, memory, clock, offer, facts), &joined));
    go_on();
  }
  void go_on() {
    loop.io.restart();
    loop.io.poll();
  }
  /// Joins, moving time on whenever it waits.
  Result<std::string> finish() {
    begin();
    while (!joined) {
      const auto wait = clock.next_wake();
      if (!wait) return Error{Errc::Broken, 0, "joining waits for nothing"};
      waits.push_back(std::chrono::duration_cast<std::chrono::milliseconds>(*wait));
      clock.advance(*wait);
      go_on();
    }
    return *joined;
  }

  berth::testing::Loop loop;
  berth::testing::FakeClock clock;
  berth::testing::FakeControlPlane service;
  berth::testing::FakeNodeBook memory{loop.io.get_executor()};
  Offer offer;
  model::NodeFacts facts;
  std::optional<Result<std::string>> joined;
  std::vector<std::chrono::milliseconds> waits;
};

TEST_F(Join, WritesDownWhoTheNodeHasBecome) {
  const auto arn = finish();

  ASSERT_TRUE(arn) << arn.error();
  EXPECT_EQ(memory.known, (records::NodeIdentity{"default", *arn}));
  EXPECT_TRUE(waits.empty());
}

TEST_F(Join, ComesBackAsTheInstanceItWas) {
  memory.known = {"default", "arn:aws:ecs:eu-west-1:123456789012:container-instance/default/7"};

  const auto arn = finish();

  ASSERT_TRUE(arn) << arn.error();
  EXPECT_EQ(*arn, memory.known.instance_arn);
  ASSERT_EQ(service.registrations.size(), 1U);
  EXPECT_EQ(service.registrations[0].container_instance_arn, memory.known.instance_arn);
}

TEST_F(Join, MakesTheDefaultClusterWhereItIsMissing) {
  service.clusters.clear();

  const auto arn = finish();

  EXPECT_TRUE(arn) << arn.error();
  EXPECT_TRUE(service.clusters.contains("default"));
  EXPECT_TRUE(waits.empty());
}

TEST_F(Join, WaitsForAClusterOfAnotherNameToBeMade) {
  offer.cluster = "shop";
  begin();
  EXPECT_FALSE(joined);
  EXPECT_FALSE(service.clusters.contains("shop"));

  service.clusters.insert("shop");
  clock.advance(2s);
  go_on();

  ASSERT_TRUE(joined);
  EXPECT_TRUE(*joined) << joined->error();
}

TEST_F(Join, TriesAgainWithGrowingWaits) {
  for (int time = 0; time < 10; ++time) {
    service.failures.push_back({Errc::Unavailable, 0, "service away"});
  }

  const auto arn = finish();

  ASSERT_TRUE(arn) << arn.error();
  ASSERT_EQ(waits.size(), 10U);
  std::chrono::milliseconds least = 1s;
  for (const auto wait : waits) {
    EXPECT_GE(wait, least);
    EXPECT_LE(wait, least * 6 / 5);
    least = std::min<std::chrono::milliseconds>(least * 2, 192s);
  }
}

TEST_F(Join, EndsWhenNoRestartCanCureIt) {
  service.failures.push_back({Errc::Invalid, 0, "instance type changed"});

  const auto refused = finish();

  EXPECT_TRUE(refused.failed_with(Errc::Invalid));
  EXPECT_EQ(memory.known, records::NodeIdentity{});
}

TEST_F(Join, KeepsTheStateOfOneClusterOutOfAnother) {
  memory.known = {"shop", "arn:instance"};

  const auto refused = finish();

  ASSERT_TRUE(refused.failed_with(Errc::Invalid));
  EXPECT_THAT(refused.error().message, HasSubstr("ECS_CLUSTER \"default\""));
  EXPECT_THAT(refused.error().message, HasSubstr("\"shop\""));
  EXPECT_THAT(refused.error().message, HasSubstr("berth leave"));
  EXPECT_TRUE(service.registrations.empty());
}

TEST_F(Join, KnowsItsClusterByNameAndByArn) {
  const std::string arn = "arn:aws:ecs:eu-west-1:123456789012:cluster/default";
  service.clusters.insert(arn);
  for (const auto& [known, configured] :
       {std::pair(std::string("default"), arn), std::pair(arn, std::string("default"))}) {
    memory.known = {known, "arn:aws:ecs:eu-west-1:123456789012:container-instance/default/7"};
    offer.cluster = configured;
    joined.reset();

    const auto joined_as = finish();

    ASSERT_TRUE(joined_as) << joined_as.error();
    EXPECT_EQ(memory.known.cluster, configured);
  }
}

TEST_F(Join, TakesArnsOfOneNameForTwoClusters) {
  memory.known = {"arn:aws:ecs:eu-west-1:123456789012:cluster/default", "arn:instance"};
  for (const char* other : {"arn:aws:ecs:us-west-2:123456789012:cluster/default",
                            "arn:aws:ecs:eu-west-1:123456789012:cluster/shop", "shop"}) {
    offer.cluster = other;
    joined.reset();

    EXPECT_TRUE(finish().failed_with(Errc::Invalid)) << other;
  }
}

TEST_F(Join, DoesNotGoOnAsAnInstanceItCouldNotWriteDown) {
  memory.plan.fail_call(1, Error{Errc::Exhausted, 0, "disk full"});

  const auto failed = finish();

  EXPECT_TRUE(failed.failed_with(Errc::Exhausted));
}

TEST_F(Join, IsGivenUpWhileItWaits) {
  service.failures.push_back({Errc::Unavailable, 0, "service away"});
  begin();

  loop.nursery.cancel("join");
  go_on();

  ASSERT_TRUE(joined);
  EXPECT_TRUE(joined->failed_with(Errc::Cancelled));
}

}  // namespace
}  // namespace berth::node
