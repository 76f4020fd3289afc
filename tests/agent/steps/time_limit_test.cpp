// time_limit_test.cpp - the sentence of a limit that passed.
#include "agent/steps/time_limit.hpp"

#include <gtest/gtest.h>

namespace berth::steps {
namespace {

using namespace std::chrono_literals;

TEST(ToldAsLimit, NamesTheStateAndTheLimit) {
  const Error late{Errc::TimedOut, 0, "create container: no answer in time"};

  const Error told = told_as_limit(late, "created", 4min);

  EXPECT_EQ(told.code, Errc::TimedOut);
  EXPECT_EQ(told.message, "Could not transition to created; timed out after waiting 4m0s");
}

TEST(ToldAsLimit, LeavesOtherErrorsAsTheyAre) {
  const Error gone{Errc::NotFound, 0, "no such image"};

  EXPECT_EQ(told_as_limit(gone, "created", 4min), gone);
}

}  // namespace
}  // namespace berth::steps
