// activation_test.cpp - which descriptors are ours, and by which names.
#include "systemd/activation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

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

TEST(Listening, IsKnownWithoutAsking) {
  const std::string path = ::testing::TempDir() + "berth listens " + std::to_string(::getpid());
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  ASSERT_LT(path.size(), sizeof(address.sun_path));
  std::strcpy(address.sun_path, path.c_str());
  EXPECT_FALSE(is_listened_at(path));

  const UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  EXPECT_FALSE(is_listened_at(path)) << "it is there, but nobody listens";
  ASSERT_EQ(::listen(socket.get(), 1), 0);
  EXPECT_TRUE(is_listened_at(path));
  EXPECT_FALSE(is_listened_at(path.substr(1)));
  EXPECT_FALSE(is_listened_at(path + "2"));

  ::unlink(path.c_str());
}

}  // namespace
}  // namespace berth::systemd
