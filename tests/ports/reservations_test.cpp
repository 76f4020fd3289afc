// reservations_test.cpp - ports of a network namespace that is this program's own.
#include "ports/reservations.hpp"

#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/fakes/own_netns.hpp"

namespace berth::ports {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const auto* const own_netns = berth::testing::OwnNetns::for_this_program();

/// A socket of somebody else, bound to all IPv4 addresses; none when the port is taken.
UniqueFd stranger(int type, std::uint16_t port) {
  UniqueFd socket(::socket(AF_INET, type | SOCK_CLOEXEC, 0));
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(port);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0) return {};
  if (type == SOCK_STREAM && ::listen(socket.get(), 1) != 0) return {};
  return socket;
}

TEST(Reservations, KeepAPortFromOtherProcesses) {
  Reservations ports({40000, 40009});

  const auto taken = ports.take("a", {{"tcp", 8080}, {"udp", 8080}});

  ASSERT_TRUE(taken) << taken.error();
  EXPECT_THAT(*taken, ElementsAre(8080, 8080));
  EXPECT_FALSE(stranger(SOCK_STREAM, 8080));
  EXPECT_FALSE(stranger(SOCK_DGRAM, 8080));
  ports.release("a");
  EXPECT_TRUE(stranger(SOCK_STREAM, 8080));
  EXPECT_TRUE(stranger(SOCK_DGRAM, 8080));
}

TEST(Reservations, NameWhoHasAPort) {
  Reservations ports({40000, 40009});
  const UniqueFd held = stranger(SOCK_STREAM, 8081);
  ASSERT_TRUE(ports.take("task-1", {{"tcp", 8082}}));

  const auto by_process = ports.take("task-2", {{"tcp", 8081}});
  const auto by_task = ports.take("task-2", {{"tcp", 8082}});

  ASSERT_TRUE(by_process.failed_with(Errc::Exists));
  EXPECT_THAT(by_process.error().message,
              HasSubstr("tcp port 8081 is taken by test_ports (pid " + std::to_string(::getpid())));
  ASSERT_TRUE(by_task.failed_with(Errc::Exists));
  EXPECT_EQ(by_task.error().message, "tcp port 8082 is taken by task-1");
}

TEST(Reservations, AreAllOrNone) {
  Reservations ports({40000, 40009});
  const UniqueFd held = stranger(SOCK_STREAM, 8083);

  ASSERT_FALSE(ports.take("a", {{"tcp", 8084}, {"tcp", 0}, {"tcp", 8083}}));

  EXPECT_TRUE(stranger(SOCK_STREAM, 8084));
  EXPECT_TRUE(stranger(SOCK_STREAM, 40000));
}

TEST(Reservations, ChooseFreePortsInTurn) {
  Reservations ports({40000, 40003});
  const UniqueFd held = stranger(SOCK_STREAM, 40001);

  EXPECT_THAT(*ports.take("a", {{"tcp", 0}}), ElementsAre(40000));
  EXPECT_THAT(*ports.take("b", {{"tcp", 0}}), ElementsAre(40002));
  ports.release("a");
  EXPECT_THAT(*ports.take("c", {{"tcp", 0}}), ElementsAre(40003));
  EXPECT_THAT(*ports.take("d", {{"tcp", 0}}), ElementsAre(40000));
}

TEST(Reservations, ChooseRunsOfPorts) {
  Reservations ports({40000, 40007});
  const UniqueFd held = stranger(SOCK_STREAM, 40002);

  EXPECT_THAT(*ports.take("a", {{"tcp", 0, 4}}), ElementsAre(40003));

  const auto none = ports.take("b", {{"tcp", 0, 3}});
  ASSERT_TRUE(none.failed_with(Errc::Exhausted));
  EXPECT_THAT(none.error().message, HasSubstr("3 contiguous host ports are unavailable"));
  EXPECT_TRUE(ports.take("c", {{"tcp", 0, 2}}));
  EXPECT_TRUE(ports.take("c2", {{"tcp", 0}}));
  const auto single = ports.take("d", {{"tcp", 0}});
  ASSERT_TRUE(single.failed_with(Errc::Exhausted));
  EXPECT_THAT(single.error().message, HasSubstr("a host port is unavailable"));
}

TEST(Reservations, StayAsTheyAreWhenTakenAgain) {
  Reservations ports({40000, 40009});
  const std::vector<Wish> wishes{{"tcp", 0}, {"udp", 0, 3}};

  const auto first = ports.take("a", wishes);
  const auto again = ports.take("a", wishes);

  EXPECT_EQ(*first, *again);
}

TEST(Reservations, AreHeldAgainAfterARestart) {
  Reservations ports({40000, 40009});
  const UniqueFd held = stranger(SOCK_STREAM, 8091);

  const auto lost = ports.retake("a", "tcp", {8090, 8092});

  EXPECT_THAT(lost, ElementsAre(HasSubstr("tcp port 8091 (test_ports (pid ")));
  EXPECT_FALSE(stranger(SOCK_STREAM, 8090));
  EXPECT_FALSE(stranger(SOCK_STREAM, 8092));
  ports.release("a");
  EXPECT_THAT(ports.retake("a", "tcp", {8092, 8092}), IsEmpty());
}

TEST(KernelRange, IsWhatTheKernelChoosesFrom) {
  const Range range = kernel_range();

  EXPECT_GT(range.first, 0);
  EXPECT_LT(range.first, range.last);
}

}  // namespace
}  // namespace berth::ports
