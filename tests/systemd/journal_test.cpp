// journal_test.cpp - records as journald reads them, and when there are any.
#include "systemd/journal.hpp"

#include <gtest/gtest.h>

#include <array>

#include "tests/systemd/datagram_socket.hpp"
#include "tests/systemd/journal_stream.hpp"

namespace berth::systemd {
namespace {

using berth::testing::DatagramSocket;
using berth::testing::JournalStream;
using berth::testing::unique_socket_name;
using namespace std::string_literals;

TEST(RecordOf, PutsEachFieldOnALine) {
  const std::array<JournalField, 2> fields{{{"MESSAGE", "task started"}, {"PRIORITY", "6"}}};

  EXPECT_EQ(record_of(fields), "MESSAGE=task started\nPRIORITY=6\n");
}

TEST(RecordOf, GivesValuesWithLineBreaksTheirLength) {
  const std::array<JournalField, 1> fields{{{"ERROR", "a\nB=1"}}};

  EXPECT_EQ(record_of(fields), "ERROR\n\5\0\0\0\0\0\0\0a\nB=1\n"s);
}

TEST(Journal, SendsARecordAsOneDatagram) {
  DatagramSocket journald(unique_socket_name("/tmp/"));
  ASSERT_TRUE(journald.is_bound());
  const JournalStream stream;
  const auto journal = Journal::open(stream.name(), stream.descriptor(), journald.name());
  ASSERT_TRUE(journal);

  EXPECT_TRUE(journal->send("MESSAGE=here\n"));

  EXPECT_EQ(journald.next(), "MESSAGE=here\n");
}

TEST(Journal, IsNotThereWhenStandardErrorGoesElsewhere) {
  DatagramSocket journald(unique_socket_name("/tmp/"));
  const JournalStream stream, other;

  EXPECT_FALSE(Journal::open(other.name(), stream.descriptor(), journald.name()));
  EXPECT_FALSE(Journal::open("", stream.descriptor(), journald.name()));
  EXPECT_FALSE(Journal::open(stream.name(), stream.descriptor(), "/tmp/berth-nobody-is-here"));
}

TEST(Journal, NeverWaitsForASlowOne) {
  DatagramSocket journald(unique_socket_name("/tmp/"));
  const JournalStream stream;
  const auto journal = Journal::open(stream.name(), stream.descriptor(), journald.name());
  ASSERT_TRUE(journal);

  Result<> sent = ok();
  for (int i = 0; i < 100'000 && sent; ++i) sent = journal->send("MESSAGE=here\n");

  EXPECT_TRUE(sent.failed_with(Errc::Unavailable));
}

}  // namespace
}  // namespace berth::systemd
