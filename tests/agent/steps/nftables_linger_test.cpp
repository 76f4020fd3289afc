// nftables_linger_test.cpp - the library itself, seen in the memory of this process.
#include "agent/steps/nftables_linger.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <fstream>
#include <string>

namespace berth::steps {
namespace {

bool is_loaded() {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    if (line.find("libnftables") != std::string::npos) return true;
  }
  return false;
}

void use() {
  const Result<std::string> listed = firewall::run_nftables("list tables");
  ASSERT_TRUE(listed) << listed.error().text();
}

TEST(NftablesLinger, KeepsTheLibraryUntilNothingIsMadeAnyMore) {
  if (::geteuid() != 0) GTEST_SKIP() << "SKIP: nftables needs root";
  asio::io_context io;
  Offload offload(1);
  NftablesLinger linger(io.get_executor(), offload, std::chrono::milliseconds(1));
  use();
  ASSERT_FALSE(is_loaded());

  linger.touch();
  use();
  EXPECT_TRUE(is_loaded());

  io.run();  // until it has waited
  auto after = [] { return ok(); };
  auto wait = [&offload, after]() -> asio::awaitable<void> { co_await offload.run(after); };
  asio::co_spawn(io, wait, boost::asio::detached);
  io.restart();
  io.run();  // what was given to the one thread before is done
  EXPECT_FALSE(is_loaded());
}

}  // namespace
}  // namespace berth::steps
