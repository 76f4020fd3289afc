// activation_test.cpp - which descriptors are ours, and by which names.
#include "systemd/activation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace berth::systemd {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr int kPid = 4711;

TEST(NamesOfSockets, AreThoseOfTheUnits) {
  EXPECT_THAT(names_of_sockets({"4711", "2", "berthd.socket:other"}, kPid).value(),
              ElementsAre("berthd.socket", "other"));
  EXPECT_THAT(names_of_sockets({"4711", "2", "berthd.socket"}, kPid).value(),
              ElementsAre("berthd.socket", "unknown"));
  EXPECT_THAT(names_of_sockets({"4711", "1", ""}, kPid).value(), ElementsAre("unknown"));
}

TEST(NamesOfSockets, AreNoneOfAnotherProcess) {
  EXPECT_THAT(names_of_sockets({"", "", ""}, kPid).value(), IsEmpty());
  EXPECT_THAT(names_of_sockets({"1", "2", "a:b"}, kPid).value(), IsEmpty());
  EXPECT_THAT(names_of_sockets({"4711", "0", ""}, kPid).value(), IsEmpty());
}

TEST(NamesOfSockets, RefuseWhatIsNoCount) {
  for (const char* count : {"", "-1", "two", "65", "1x"}) {
    const auto names = names_of_sockets({"4711", count, ""}, kPid);

    ASSERT_TRUE(names.failed_with(Errc::Invalid)) << count;
    EXPECT_THAT(names.error().message, HasSubstr("LISTEN_FDS"));
  }
}

}  // namespace
}  // namespace berth::systemd
