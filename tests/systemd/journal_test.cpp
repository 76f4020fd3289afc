// journal_test.cpp - records as journald reads them, and when there are any.
#include "systemd/journal.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>

#include "tests/systemd/datagram_socket.hpp"

namespace berth::systemd {
namespace {

using berth::testing::DatagramSocket;
using berth::testing::unique_socket_name;
using namespace std::string_literals;

/// As systemd names a service's standard error.
std::string stream_name_of(int descriptor) {
  struct stat facts{};
  EXPECT_EQ(::fstat(descriptor, &facts), 0);
  return std::to_string(facts.st_dev) + ":" + std::to_string(facts.st_ino);
}

struct Stream {
  Stream() {
    std::array<int, 2> ends{-1, -1};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    ours.reset(ends[0]);
    journal.reset(ends[1]);
  }
  UniqueFd ours, journal;
};

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
  const Stream stream;
  const auto journal =
      Journal::open(stream_name_of(stream.ours.get()), stream.ours.get(), journald.name());
  ASSERT_TRUE(journal);

  EXPECT_TRUE(journal->send("MESSAGE=here\n"));

  EXPECT_EQ(journald.next(), "MESSAGE=here\n");
}

TEST(Journal, IsNotThereWhenStandardErrorGoesElsewhere) {
  DatagramSocket journald(unique_socket_name("/tmp/"));
  const Stream stream, other;

  EXPECT_FALSE(Journal::open(stream_name_of(other.ours.get()), stream.ours.get(), journald.name()));
  EXPECT_FALSE(Journal::open("", stream.ours.get(), journald.name()));
  EXPECT_FALSE(Journal::open(stream_name_of(stream.ours.get()), stream.ours.get(),
                             "/tmp/berth-nobody-is-here"));
}

TEST(Journal, NeverWaitsForASlowOne) {
  DatagramSocket journald(unique_socket_name("/tmp/"));
  const Stream stream;
  const auto journal =
      Journal::open(stream_name_of(stream.ours.get()), stream.ours.get(), journald.name());
  ASSERT_TRUE(journal);

  Result<> sent = ok();
  for (int i = 0; i < 100'000 && sent; ++i) sent = journal->send("MESSAGE=here\n");

  EXPECT_TRUE(sent.failed_with(Errc::Unavailable));
}

}  // namespace
}  // namespace berth::systemd
