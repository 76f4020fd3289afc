// ask_engine_test.cpp - containerd is asked where there is none.
#include <gtest/gtest.h>

#include "agent/doctor/engine.hpp"
#include "tests/fakes/loop.hpp"
#include "tests/fakes/scratch.hpp"

namespace berth::doctor {
namespace {

TEST(AskEngine, TellsThatNobodyAnswers) {
  berth::testing::Loop loop;
  const berth::testing::Scratch scratch;
  containerd_api::Connection connection(loop.io.get_executor(), scratch.path("c.sock"), "berth");

  const auto engine = loop.run(ask_engine(&connection, Deadline::after(std::chrono::seconds(30))));

  ASSERT_TRUE(engine) << engine.error();
  EXPECT_FALSE(engine->has_socket);
  EXPECT_NE(engine->failure, "");
}

}  // namespace
}  // namespace berth::doctor
