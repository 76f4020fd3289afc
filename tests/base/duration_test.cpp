// duration_test.cpp - spans of time as Go writes them.
#include "base/duration.hpp"

#include <gtest/gtest.h>

namespace berth {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

TEST(ParseDuration, ReadsWhatGoWrites) {
  const std::pair<const char*, nanoseconds> cases[] = {
      {"0", 0ns},
      {"10s", 10s},
      {"1h30m", 90min},
      {"1.5s", 1500ms},
      {"500ms", 500ms},
      {".5s", 500ms},
      {"5.s", 5s},
      {"-2s", -2s},
      {"+2s", 2s},
      {"1h2m3s4ms5us6ns", 1h + 2min + 3s + 4ms + 5us + 6ns},
      {"1\u00b5s", 1us},
      {"1\u03bcs", 1us},
      {"0.1h", 6min},
      {"0.333333333333333333h", 1199999999999ns},
      {"0.100000000000000000000h", 6min},
      {"2562047h47m16.854775807s", nanoseconds::max()},
  };
  for (const auto& [text, expected] : cases) {
    const auto parsed = parse_duration(text);

    ASSERT_TRUE(parsed) << text << ": " << parsed.error();
    EXPECT_EQ(*parsed, expected) << text;
  }
}

TEST(ParseDuration, RefusesEverythingElse) {
  for (const char* text : {"", "-", "+", "10", "s", ".s", "10 s", "1d", "1h-5m", "3000000h", "1e3s",
                           "0x1s", "2562047h47m16.854775808s", "99999999999999999999s", "10S"}) {
    EXPECT_TRUE(parse_duration(text).failed_with(Errc::Invalid)) << text;
  }
}

TEST(ShowDuration, WritesWhatGoWrites) {
  const std::pair<nanoseconds, const char*> cases[] = {
      {0ns, "0s"},        {1ns, "1ns"}, {1500ns, "1.5us"},    {500ms, "500ms"},
      {1500ms, "1.5s"},   {30s, "30s"}, {60s, "1m0s"},        {3h, "3h0m0s"},
      {90min, "1h30m0s"}, {-2s, "-2s"}, {61001ms, "1m1.001s"}};
  for (const auto& [duration, text] : cases) {
    EXPECT_EQ(show_duration(duration), text);
    EXPECT_EQ(*parse_duration(text), duration);
  }
}

TEST(ShowDuration, WritesLimitsAsEcsTellsThem) {
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
  for (const auto& [span, text] : rows) EXPECT_EQ(show_duration(span), text);
}

}  // namespace
}  // namespace berth
