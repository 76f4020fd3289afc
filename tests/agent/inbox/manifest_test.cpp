// manifest_test.cpp - tasks the control plane does not list: asked about, then stopped.
#include "agent/inbox/manifest.hpp"

#include <gmock/gmock.h>

#include "tests/agent/inbox/inbox_under_test.hpp"

namespace berth::inbox {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string kCluster = "arn:aws:ecs:us-west-2:123456789012:cluster/lab";

Json identifier(const std::string& task, const std::string& status) {
  return {{"taskArn", task}, {"taskClusterArn", kCluster}, {"desiredStatus", status}};
}

class ManifestTest : public InboxUnderTest {
 protected:
  static protocol::Envelope manifest(std::int64_t timeline, Json tasks = Json::array(),
                                     const std::string& id = "m-9") {
    return {std::string(protocol::TaskManifestMessage::kType),
            {{"messageId", id},
             {"timeline", timeline},
             {"generatedAt", 1767225660000},
             {"clusterArn", kCluster},
             {"containerInstanceArn", "arn:instance"},
             {"tasks", std::move(tasks)}}};
  }
  static protocol::Envelope permission(const std::string& id, const std::string& task) {
    return {std::string(protocol::TaskStopVerificationAck::kType),
            {{"messageId", id},
             {"generatedAt", 1767225661000},
             {"stopTasks", Json::array({identifier(task, "STOPPED")})}}};
  }
  static Json question(const std::string& id, const std::string& task) {
    return {{"type", "TaskStopVerificationMessage"},
            {"message",
             {{"messageId", id}, {"stopCandidates", Json::array({identifier(task, "STOPPED")})}}}};
  }
  /// A task that should run; its ARN. Nothing has been said of it.
  std::string task() {
    EXPECT_TRUE(receive(payload()));
    frames.clear();
    return arn_in(payload());
  }
  model::Goal goal_of(const std::string& arn) const { return journal.written.at(arn).goal; }
};

TEST_F(ManifestTest, IsAcknowledgedAndThenAskedAbout) {
  const std::string arn = task();

  ASSERT_TRUE(receive(manifest(1'000)));

  EXPECT_THAT(frames, ElementsAre(ack("m-9"), question("m-9", arn)));
  EXPECT_EQ(goal_of(arn), model::Goal::Running);
}

TEST_F(ManifestTest, ThatListsEveryTaskIsOnlyAcknowledged) {
  const std::string arn = task();

  ASSERT_TRUE(receive(manifest(1'000, Json::array({identifier(arn, "RUNNING")}))));

  EXPECT_THAT(frames, ElementsAre(ack("m-9")));
}

TEST_F(ManifestTest, ThatListsATaskAsStoppedDoesNotWantIt) {
  const std::string arn = task();

  ASSERT_TRUE(receive(manifest(1'000, Json::array({identifier(arn, "STOPPED")}))));

  EXPECT_THAT(frames, ElementsAre(ack("m-9"), question("m-9", arn)));
}

TEST_F(ManifestTest, NeverStartsATask) {
  const std::string stranger = "arn:aws:ecs:us-west-2:123456789012:task/lab/9f";

  ASSERT_TRUE(receive(manifest(1'000, Json::array({identifier(stranger, "RUNNING")}))));

  EXPECT_THAT(frames, ElementsAre(ack("m-9")));
  EXPECT_FALSE(engine.knows(stranger));
}

TEST_F(ManifestTest, DoesNotAskAboutATaskThatIsStoppingAnyway) {
  const std::string arn = task();
  protocol::Envelope stop = payload();
  stop.message["tasks"][0]["desiredStatus"] = "STOPPED";
  ASSERT_TRUE(receive(stop));
  frames.clear();

  ASSERT_TRUE(receive(manifest(1'000)));

  EXPECT_THAT(frames, ElementsAre(ack("m-9")));
}

TEST_F(ManifestTest, NotAboveTheLastOneIsDroppedSilently) {
  ASSERT_TRUE(receive(manifest(43, Json::array(), "first")));
  task();

  for (const std::int64_t old : {43, 42, 0, -1}) ASSERT_TRUE(receive(manifest(old)));

  EXPECT_THAT(frames, IsEmpty());
  EXPECT_EQ(book.manifest.second, 43);
}

TEST_F(ManifestTest, StartsBelowZero) {
  ASSERT_TRUE(receive(manifest(-1)));
  EXPECT_THAT(frames, IsEmpty());

  ASSERT_TRUE(receive(manifest(0)));
  EXPECT_THAT(frames, ElementsAre(ack("m-9")));
}

TEST_F(ManifestTest, SharesItsNumbersWithPayloadsOfThisStart) {
  protocol::Envelope envelope = payload();
  envelope.message["seqNum"] = 50;
  envelope.message["tasks"][0]["containers"] = "none";  // so that it is not acknowledged
  ASSERT_TRUE(receive(envelope));
  ASSERT_TRUE(receive(manifest(50)));
  const bool dropped = frames.empty();

  ASSERT_TRUE(receive(manifest(51)));

  EXPECT_TRUE(dropped);
  EXPECT_THAT(frames, ElementsAre(ack("m-9")));
  EXPECT_EQ(book.manifest, (std::pair<std::string, std::int64_t>("arn:instance", 51)));
}

TEST_F(ManifestTest, DoesNotMakeAPayloadTooOld) {
  ASSERT_TRUE(receive(manifest(1'000'000)));
  frames.clear();
  protocol::Envelope envelope = payload();
  envelope.message["seqNum"] = 1;

  ASSERT_TRUE(receive(envelope));

  EXPECT_TRUE(engine.knows(arn_in(envelope)));
  EXPECT_THAT(frames, ElementsAre(ack(envelope.message["messageId"])));
}

TEST_F(ManifestTest, IsRememberedOverARestart) {
  ASSERT_TRUE(receive(manifest(43)));
  frames.clear();
  Inbox restarted(needs());

  ASSERT_TRUE(loop.run(restarted.receive(manifest(43))));
  const bool dropped = frames.empty();
  ASSERT_TRUE(loop.run(restarted.receive(manifest(44))));

  EXPECT_TRUE(dropped);
  EXPECT_THAT(frames, ElementsAre(ack("m-9")));
}

TEST_F(ManifestTest, OfAnotherInstanceHasNumbersOfItsOwn) {
  ASSERT_TRUE(receive(manifest(43)));
  frames.clear();
  Needs registered_anew = needs();
  registered_anew.instance_arn = "arn:other";
  Inbox other(registered_anew);

  ASSERT_TRUE(loop.run(other.receive(manifest(1))));

  EXPECT_EQ(frames.size(), 1U);
}

TEST_F(ManifestTest, ThatCannotBeWrittenDownIsLeftToTheNextDelivery) {
  task();
  book.plan.fail_call(1, Error{Errc::Exhausted, 0, "disk full"});

  const auto first = receive(manifest(1'000));
  const bool silent = frames.empty();
  const auto second = receive(manifest(1'000));

  EXPECT_TRUE(first.failed_with(Errc::Exhausted));
  EXPECT_TRUE(silent);
  EXPECT_TRUE(second) << second.error();
  EXPECT_EQ(frames.size(), 2U);
}

TEST_F(ManifestTest, LetsATaskBeStoppedOncePermitted) {
  const std::string arn = task();
  ASSERT_TRUE(receive(manifest(1'000)));
  frames.clear();

  ASSERT_TRUE(receive(permission("m-9", arn)));

  EXPECT_EQ(goal_of(arn), model::Goal::Stopped);
  EXPECT_THAT(frames, IsEmpty());
}

TEST_F(ManifestTest, OnlyTheLastOnesPermissionCounts) {
  const std::string arn = task();
  ASSERT_TRUE(receive(permission("m-9", arn)));
  ASSERT_TRUE(receive(manifest(1'000, Json::array(), "m-9")));
  ASSERT_TRUE(receive(manifest(1'001, Json::array(), "m-10")));

  ASSERT_TRUE(receive(permission("m-9", arn)));
  EXPECT_EQ(goal_of(arn), model::Goal::Running);

  ASSERT_TRUE(receive(permission("m-10", arn)));
  EXPECT_EQ(goal_of(arn), model::Goal::Stopped);
}

TEST_F(ManifestTest, PermitsOnce) {
  const std::string stranger = "arn:aws:ecs:us-west-2:123456789012:task/lab/9f";
  ASSERT_TRUE(receive(manifest(1'000)));
  ASSERT_TRUE(receive(permission("m-9", stranger)));
  const std::string arn = task();

  ASSERT_TRUE(receive(permission("m-9", arn)));

  EXPECT_EQ(goal_of(arn), model::Goal::Running);
}

}  // namespace
}  // namespace berth::inbox
