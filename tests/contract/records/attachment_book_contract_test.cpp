// attachment_book_contract_test.cpp - what the seam AttachmentBook promises, fake or SQLite.
#include <gmock/gmock.h>

#include "agent/records/sqlite_attachments.hpp"
#include "tests/contract/records/book_contract.hpp"
#include "tests/contract/records/on_disk.hpp"
#include "tests/fakes/fake_attachment_book.hpp"

namespace berth::testing {
namespace {

using records::Attachment;
using records::AttachmentState;
using records::Report;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct AttachmentsInMemory {
  Loop loop;
  FakeAttachmentBook book{loop.io.get_executor()};
  void accept(std::int64_t sequence) { book.accept(sequence); }
  std::vector<records::QueuedReport> queue() { return book.queue; }
};

struct AttachmentsOnDisk : OnDisk {
  records::SqliteAttachments book{*opened};
  void accept(std::int64_t sequence) { EXPECT_TRUE(loop.run(opened->accepted(sequence))); }
  std::vector<records::QueuedReport> queue() { return loop.run(opened->waiting()).value(); }
};

constexpr WallTime kNow{std::chrono::hours(24)};

/// Announced now for five minutes; the NIC has to appear.
Attachment awaited(const std::string& mac = "02:00:00:00:00:01") {
  Attachment attachment;
  attachment.mac = mac;
  attachment.arn = "arn:attachment/" + mac;
  attachment.task_arn = "arn:task/" + mac;
  attachment.device = mac;
  attachment.announced_at = kNow;
  attachment.expires_at = kNow + std::chrono::minutes(5);
  return attachment;
}
Attachment made_here(const std::string& mac = "02:00:00:00:00:01") {
  Attachment attachment = awaited(mac);
  attachment.device.clear();
  return attachment;
}

Report there(const Attachment& attachment) {
  Report report{attachment.task_arn, "there " + attachment.mac};
  report.expires_at = attachment.expires_at;
  return report;
}

template <class World>
class AttachmentBookContract : public BookContract<World> {
 protected:
  std::optional<records::QueuedReport> announce(const Attachment& attachment) {
    std::optional<Report> report;
    if (attachment.device.empty()) report = there(attachment);
    return this->run(this->world.book.announce(attachment, report));
  }
  AttachmentState state() { return this->run(this->world.book.attachments()).at(0).state; }
};

using AttachmentBooks = ::testing::Types<AttachmentsInMemory, AttachmentsOnDisk>;
TYPED_TEST_SUITE(AttachmentBookContract, AttachmentBooks, NameOfBook<AttachmentsOnDisk>);

TYPED_TEST(AttachmentBookContract, KeepsAnAwaitedInterfaceAsItWasAnnounced) {
  EXPECT_THAT(this->run(this->world.book.attachments()), IsEmpty());

  EXPECT_EQ(this->announce(awaited()), std::nullopt);

  EXPECT_THAT(this->run(this->world.book.attachments()), ElementsAre(awaited()));
  EXPECT_THAT(this->world.queue(), IsEmpty());
}

TYPED_TEST(AttachmentBookContract, QueuesOneReportHoweverOftenANicAppears) {
  this->announce(awaited());

  const auto queued = this->run(this->world.book.appeared(awaited(), there(awaited())));
  const auto again = this->run(this->world.book.appeared(awaited(), there(awaited())));

  ASSERT_TRUE(queued);
  EXPECT_EQ(queued->report, there(awaited()));
  EXPECT_EQ(again, std::nullopt);
  EXPECT_THAT(this->world.queue(), ElementsAre(*queued));
  EXPECT_EQ(this->state(), AttachmentState::Telling);
  EXPECT_EQ(this->run(this->world.book.attachments()).at(0).report, queued->sequence);
}

TYPED_TEST(AttachmentBookContract, KnowsThatAReportWasTaken) {
  this->announce(awaited());
  const auto queued = this->run(this->world.book.appeared(awaited(), there(awaited())));
  ASSERT_TRUE(queued);

  this->world.accept(queued->sequence);

  EXPECT_EQ(this->state(), AttachmentState::Told);
}

TYPED_TEST(AttachmentBookContract, QueuesTheReportOfAnInterfaceMadeHereAtOnce) {
  const auto queued = this->announce(made_here());
  const auto again = this->announce(made_here());

  ASSERT_TRUE(queued);
  EXPECT_EQ(queued->report, there(made_here()));
  EXPECT_EQ(again, std::nullopt);
  EXPECT_EQ(this->state(), AttachmentState::Telling);
}

TYPED_TEST(AttachmentBookContract, HasNothingToTellOfAnAttachmentWithoutAName) {
  this->announce(awaited());

  EXPECT_EQ(this->run(this->world.book.appeared(awaited(), std::nullopt)), std::nullopt);

  EXPECT_EQ(this->state(), AttachmentState::Told);
}

TYPED_TEST(AttachmentBookContract, LeavesAKnownInterfaceWithTheTimeItHas) {
  this->announce(awaited());
  Attachment again = awaited();
  again.announced_at += std::chrono::minutes(1);
  again.expires_at += std::chrono::minutes(1);

  this->announce(again);

  EXPECT_THAT(this->run(this->world.book.attachments()), ElementsAre(awaited()));
}

TYPED_TEST(AttachmentBookContract, GivesAnotherAttachmentThePlaceOfTheOneWithItsAddress) {
  this->announce(made_here());
  Attachment other = awaited();
  other.arn = "arn:attachment/other";

  this->announce(other);

  EXPECT_THAT(this->run(this->world.book.attachments()), ElementsAre(other));
  EXPECT_THAT(this->world.queue(), IsEmpty());
}

TYPED_TEST(AttachmentBookContract, TakesNoNicOfAnotherAttachmentForThisOne) {
  Attachment other = awaited();
  other.arn = "arn:attachment/other";
  this->announce(other);

  EXPECT_EQ(this->run(this->world.book.appeared(awaited(), there(awaited()))), std::nullopt);

  EXPECT_THAT(this->run(this->world.book.attachments()), ElementsAre(other));
  EXPECT_THAT(this->world.queue(), IsEmpty());
}

TYPED_TEST(AttachmentBookContract, WithdrawsAnAttachmentAndItsReport) {
  const auto kept = this->announce(made_here("02:00:00:00:00:02"));
  this->announce(awaited());
  this->run(this->world.book.appeared(awaited(), there(awaited())));

  this->run(this->world.book.withdraw(awaited().mac));
  this->run(this->world.book.withdraw(awaited().mac));

  ASSERT_TRUE(kept);
  EXPECT_THAT(this->world.queue(), ElementsAre(*kept));
  EXPECT_EQ(this->run(this->world.book.attachments()).size(), 1U);
}

TYPED_TEST(AttachmentBookContract, ForgetsThoseToldWhoseTaskNeverCame) {
  for (const char* mac : {"02:00:00:00:00:01", "02:00:00:00:00:02"}) {
    const auto queued = this->announce(made_here(mac));
    ASSERT_TRUE(queued);
    if (mac == made_here().mac) this->world.accept(queued->sequence);
  }
  Attachment later = made_here("02:00:00:00:00:03");
  later.announced_at = made_here().expires_at + records::kAttachmentGrace;
  this->announce(later);
  EXPECT_EQ(this->run(this->world.book.attachments()).size(), 3U);

  later.mac = "02:00:00:00:00:04";
  later.announced_at += std::chrono::milliseconds(1);
  this->announce(later);

  const auto left = this->run(this->world.book.attachments());
  ASSERT_EQ(left.size(), 3U);
  EXPECT_EQ(left[0].mac, "02:00:00:00:00:02");
}

}  // namespace
}  // namespace berth::testing
