// time_limit_test.cpp - spans as Go writes them, and the sentence of a limit that passed.
#include "agent/steps/time_limit.hpp"

#include <gtest/gtest.h>

namespace berth::steps {
namespace {

using namespace std::chrono_literals;

TEST(GoDuration, IsWrittenAsGoDoes) {
  const std::pair<std::chrono::milliseconds, const char*> rows[] = {{0ms, "0s"},
                                                                    {250ms, "250ms"},
                                                                    {1s, "1s"},
                                                                    {1500ms, "1.5s"},
                                                                    {10050ms, "10.05s"},
                                                                    {59'999ms, "59.999s"},
                                                                    {1min, "1m0s"},
                                                                    {3min, "3m0s"},
                                                                    {4min, "4m0s"},
                                                                    {90s, "1m30s"},
                                                                    {2h, "2h0m0s"},
                                                                    {1h + 5s, "1h0m5s"},
                                                                    {25h + 1min, "25h1m0s"}};
  for (const auto& [span, text] : rows) EXPECT_EQ(go_duration(span), text);
}

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
