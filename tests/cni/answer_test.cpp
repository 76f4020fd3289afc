// answer_test.cpp - how a plugin's end is told to people.
#include "cni/answer.hpp"

#include <gtest/gtest.h>

namespace berth::cni {
namespace {

Error failure(int code, std::string output, std::string errors = "") {
  Result<std::string> judged = judge("bridge", Verb::Add, {{code, std::move(errors)}, output});
  EXPECT_FALSE(judged);
  return judged ? Error{} : judged.error();
}

TEST(Judge, GivesTheOutputOfAGoodEnd) {
  const Result<std::string> judged = judge("bridge", Verb::Add, {{0, "a warning"}, "{}\n"});

  ASSERT_TRUE(judged);
  EXPECT_EQ(*judged, "{}\n");
}

TEST(Judge, TellsThePluginsOwnWords) {
  EXPECT_EQ(
      failure(1, R"({"cniVersion":"1.0.0","code":999,"msg":"no IP\naddresses",)"
                 R"("details":"in range set"})"),
      (Error{Errc::Denied, 0, "plugin bridge, ADD: no IP addresses; in range set (code 999)"}));
}

TEST(Judge, TakesTheReservedCodesForWhatTheyMean) {
  const std::vector<std::pair<int, Errc>> rows{
      {1, Errc::Invalid},      {2, Errc::Invalid},      {3, Errc::NotFound},
      {4, Errc::Invalid},      {5, Errc::Unavailable},  {6, Errc::Invalid},
      {7, Errc::Invalid},      {11, Errc::Unavailable}, {50, Errc::Unavailable},
      {51, Errc::Unavailable}, {100, Errc::Denied},     {0, Errc::Denied}};
  for (const auto& [code, errc] : rows) {
    EXPECT_EQ(failure(1, R"({"msg":"m","code":)" + std::to_string(code) + "}").code, errc) << code;
  }
}

TEST(Judge, SaysWhatHappenedWhenThePluginDoesNot) {
  EXPECT_EQ(failure(2, "").message, "plugin bridge, ADD: ended with exit code 2");
  EXPECT_EQ(failure(139, "", "panic\n").message,
            "plugin bridge, ADD: was killed by SIGSEGV; it wrote: panic");
  EXPECT_EQ(failure(1, "hello\n", "usage: x\n").message,
            "plugin bridge, ADD: ended with exit code 1; it said: hello; it wrote: usage: x");
  EXPECT_EQ(failure(1, "{}").message, "plugin bridge, ADD: ended with exit code 1; it said: {}");
  EXPECT_EQ(failure(2, "").code, Errc::Broken);
}

}  // namespace
}  // namespace berth::cni
