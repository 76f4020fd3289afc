// attachments_test.cpp - announced interfaces: told once they are there, given up when they are
// late, over restarts, too.
#include "agent/attachments/attachments.hpp"

#include <gmock/gmock.h>

#include "tests/agent/attachments/attachments_under_test.hpp"

namespace berth::attachments {
namespace {

using records::AttachmentState;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class AttachmentsTest : public AttachmentsUnderTest {};

TEST_F(AttachmentsTest, TellsOfANicOnceItAppears) {
  announce(attachment());
  EXPECT_THAT(offered, IsEmpty());

  pass(minutes(1));
  plug_in(kMac);

  ASSERT_EQ(offered.size(), 1U);
  EXPECT_EQ(offered[0].report.body, "ATTACHED arn:attachment/1");
  EXPECT_EQ(book.rows.at(kMac).state, AttachmentState::Telling);
  EXPECT_THAT(notes,
              ElementsAre(HasSubstr("is to appear within 5m0s"), HasSubstr("appeared after 1m0s")));
}

TEST_F(AttachmentsTest, TellsOfANicThatIsThereAlready) {
  plug_in(kMac);

  announce(attachment());

  EXPECT_EQ(offered.size(), 1U);
}

TEST_F(AttachmentsTest, TellsOfAnInterfaceMadeHereAtOnce) {
  announce(attachment(""));

  ASSERT_EQ(offered.size(), 1U);
  EXPECT_EQ(book.rows.at(kMac).state, AttachmentState::Telling);
}

TEST_F(AttachmentsTest, TellsOfABranchWhenItsTrunkIsThere) {
  announce(attachment(kTrunk));

  plug_in(kMac);
  const std::size_t before = offered.size();
  plug_in(kTrunk);

  EXPECT_EQ(before, 0U);
  EXPECT_EQ(offered.size(), 1U);
}

TEST_F(AttachmentsTest, RestartsNothingWhenTheSameIsAnnouncedAgain) {
  announce(attachment());
  pass(minutes(4));

  announce(attachment());
  pass(minutes(1));

  EXPECT_THAT(book.rows, IsEmpty());  // the first one's five minutes
  plug_in(kMac);
  EXPECT_THAT(offered, IsEmpty());
}

TEST_F(AttachmentsTest, TellsNothingAfterTheDeadline) {
  announce(attachment());

  pass(minutes(5) - std::chrono::milliseconds(1));
  const std::size_t before = book.rows.size();
  pass(std::chrono::milliseconds(1));
  plug_in(kMac);

  EXPECT_EQ(before, 1U);
  EXPECT_THAT(book.rows, IsEmpty());
  EXPECT_THAT(offered, IsEmpty());
  EXPECT_THAT(notes.back(), HasSubstr("given up after 5m0s"));
}

TEST_F(AttachmentsTest, WithdrawsAReportThatIsNotTakenInTime) {
  plug_in(kMac);
  announce(attachment());
  ASSERT_EQ(book.queue.size(), 1U);

  pass(minutes(5));

  EXPECT_THAT(book.rows, IsEmpty());
  EXPECT_THAT(book.queue, IsEmpty());
}

TEST_F(AttachmentsTest, KeepsWhatWasTakenWhateverTheTime) {
  plug_in(kMac);
  announce(attachment());
  book.accept(offered.at(0).sequence);

  attachments->told(offered.at(0).sequence);
  pass(minutes(30));

  EXPECT_EQ(book.rows.at(kMac).state, AttachmentState::Told);
  EXPECT_EQ(clock.sleepers(), 0U);
}

TEST_F(AttachmentsTest, GivesAnotherAttachmentThePlaceOfTheOneWithItsAddress) {
  announce(attachment());
  records::Attachment other = attachment();
  other.arn = "arn:attachment/2";
  other.expires_at += minutes(5);

  announce(other);
  pass(minutes(5));
  plug_in(kMac);

  ASSERT_EQ(offered.size(), 1U);
  EXPECT_EQ(offered[0].report.body, "ATTACHED arn:attachment/2");
}

TEST_F(AttachmentsTest, TellsNothingOfAnAttachmentWithoutAName) {
  records::Attachment nameless = attachment();
  nameless.arn.clear();
  announce(nameless);

  plug_in(kMac);

  EXPECT_THAT(offered, IsEmpty());
  EXPECT_EQ(book.rows.at(kMac).state, AttachmentState::Told);
}

TEST_F(AttachmentsTest, GoesOnWaitingAfterARestartForTheTimeThatIsLeft) {
  announce(attachment());
  pass(minutes(4));

  start_again();
  pass(seconds(59));
  const std::size_t before = book.rows.size();
  pass(seconds(1));

  EXPECT_EQ(before, 1U);
  EXPECT_THAT(book.rows, IsEmpty());
}

TEST_F(AttachmentsTest, TellsAfterARestartOfWhatCameMeanwhile) {
  announce(attachment());
  stop();
  plugged.insert(*netns::parse_mac(kMac));

  start_again();

  EXPECT_EQ(offered.size(), 1U);
}

TEST_F(AttachmentsTest, DropsAtARestartWhatIsOver) {
  announce(attachment());
  records::Attachment untold = attachment("");
  untold.mac = "02:00:00:00:00:02";
  announce(untold);
  stop();
  pass(minutes(5));
  plugged.insert(*netns::parse_mac(kMac));

  start_again();

  EXPECT_THAT(book.rows, IsEmpty());
  EXPECT_THAT(book.queue, IsEmpty());
}

TEST_F(AttachmentsTest, WritesAgainWhatTheDiskDidNotTake) {
  announce(attachment());
  book.plan.fail_call(2, Error{Errc::Exhausted, 0, "disk full"});

  plug_in(kMac);
  const std::size_t before = offered.size();
  pass(seconds(1));

  EXPECT_EQ(before, 0U);
  EXPECT_EQ(offered.size(), 1U);
}

TEST_F(AttachmentsTest, KnowsNothingOfWhatCouldNotBeWritten) {
  book.plan.fail_call(1, Error{Errc::Exhausted, 0, "disk full"});

  const auto first = loop.run(attachments->announce(attachment()));
  announce(attachment());

  EXPECT_TRUE(first.failed_with(Errc::Exhausted));
  EXPECT_EQ(book.rows.size(), 1U);
}

}  // namespace
}  // namespace berth::attachments
