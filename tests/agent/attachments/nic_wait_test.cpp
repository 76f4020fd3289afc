// nic_wait_test.cpp - a task waits for its NIC, and is told why it is not there.
#include <gmock/gmock.h>

#include "tests/agent/attachments/attachments_under_test.hpp"

namespace berth::attachments {
namespace {

using std::chrono::minutes;
using ::testing::HasSubstr;

class NicWait : public AttachmentsUnderTest {
 protected:
  ~NicWait() override { loop.stop(); }

  static Async<> keep(NicWait* self, Wanted wanted) {
    Result<> outcome = co_await self->attachments->await_nic(std::move(wanted));
    self->outcome = outcome;
    co_return outcome;
  }
  /// Begins to wait; `outcome` is there once it has ended.
  void wait(const std::string& device = kMac, bool must_be_announced = true) {
    outcome.reset();
    Wanted wanted{kTask, kMac, device, must_be_announced};
    loop.nursery.start("wait", keep(this, std::move(wanted)));
    go_on();
  }
  std::string reason() const { return outcome && !*outcome ? outcome->error().message : ""; }

  std::optional<Result<>> outcome;
};

TEST_F(NicWait, IsOverAtOnceWhenTheNicIsThere) {
  plug_in(kMac);
  announce(attachment());

  wait();

  ASSERT_TRUE(outcome);
  EXPECT_TRUE(*outcome) << outcome->error();
}

TEST_F(NicWait, LastsUntilTheNicIsPluggedIn) {
  announce(attachment());
  pass(minutes(1));
  wait();
  ASSERT_FALSE(outcome);
  const auto waiting = attachments->waits_for(kTask);

  plug_in(kMac);

  ASSERT_TRUE(waiting);
  EXPECT_THAT(waiting->what, HasSubstr(kMac));
  EXPECT_EQ(waiting->since, clock.wall());
  EXPECT_EQ(waiting->until, clock.wall() + minutes(4));
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(*outcome) << outcome->error();
  EXPECT_EQ(attachments->waits_for(kTask), std::nullopt);
}

TEST_F(NicWait, EndsWithTheDeadlineOfTheAttachment) {
  announce(attachment());
  wait();

  pass(minutes(5));

  EXPECT_EQ(reason(),
            "there is no NIC with MAC 02:00:00:00:00:01 on this node; it had to be "
            "plugged in within 5m0s, until 2026-01-01T00:05:00.000Z");
  EXPECT_EQ(attachments->waits_for(kTask), std::nullopt);
}

TEST_F(NicWait, IsNotBegunForWhatWasGivenUp) {
  announce(attachment());
  pass(minutes(6));

  wait();

  EXPECT_THAT(reason(), HasSubstr("had to be plugged in within 5m0s"));
}

TEST_F(NicWait, TellsThatTheControlPlaneDidNotTakeIt) {
  plug_in(kMac);
  announce(attachment());
  pass(minutes(5));

  wait();

  EXPECT_THAT(reason(), HasSubstr("the control plane did not take within 5m0s"));
}

TEST_F(NicWait, IsRefusedForAnInterfaceThatWasNeverAnnounced) {
  plug_in(kMac);

  wait();

  EXPECT_EQ(reason(), "network interface 02:00:00:00:00:01 was never announced to this node");
}

TEST_F(NicWait, NeedsTheTrunkOfABranchAndNoAnnouncementOfTheBranch) {
  records::Attachment trunk = attachment(kTrunk);
  trunk.mac = kTrunk;
  trunk.task_arn.clear();
  announce(trunk);
  wait(kTrunk, false);
  ASSERT_FALSE(outcome);

  plug_in(kTrunk);

  ASSERT_TRUE(outcome);
  EXPECT_TRUE(*outcome) << outcome->error();
}

TEST_F(NicWait, DoesNotWaitForATrunkThatNobodyAnnounced) {
  wait(kTrunk, false);

  EXPECT_EQ(reason(), "there is no NIC with MAC 02:00:00:00:00:0f on this node");
}

TEST_F(NicWait, EndsWhenNobodyWantsItAnyMore) {
  announce(attachment());
  wait();

  loop.nursery.cancel("wait");
  go_on();

  ASSERT_TRUE(outcome);
  EXPECT_TRUE(outcome->failed_with(Errc::Cancelled));
  EXPECT_EQ(attachments->waits_for(kTask), std::nullopt);
}

TEST_F(NicWait, FindsAnUnpluggedNicGoneAfterItWasTold) {
  plug_in(kMac);
  announce(attachment());
  attachments->told(offered.at(0).sequence);
  known_tasks.insert(kTask);
  plugged.clear();
  pass(minutes(6));

  wait();

  EXPECT_THAT(reason(), HasSubstr("there is no NIC with MAC"));
}

}  // namespace
}  // namespace berth::attachments
