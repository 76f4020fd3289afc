// status_test.cpp - gRPC's status codes as errors.
#include "containerd_api/status.hpp"

#include <gtest/gtest.h>

#include "containerd_api/method.hpp"

namespace berth::containerd_api {
namespace {

TEST(StatusError, SaysWhatTheCallerCanDo) {
  const struct {
    int code;
    Errc expected;
  } cases[] = {
      {1, Errc::Cancelled}, {2, Errc::Broken},       {3, Errc::Invalid},  {4, Errc::TimedOut},
      {5, Errc::NotFound},  {6, Errc::Exists},       {7, Errc::Denied},   {8, Errc::Exhausted},
      {9, Errc::Invalid},   {10, Errc::Unavailable}, {11, Errc::Invalid}, {12, Errc::Invalid},
      {13, Errc::Broken},   {14, Errc::Unavailable}, {15, Errc::Broken},  {16, Errc::Denied},
  };
  for (const auto& [code, expected] : cases) {
    EXPECT_EQ(status_error(code, "words", "tasks.Get").code, expected) << "gRPC status " << code;
  }
}

TEST(StatusError, KnowsAFullDiskAndAServersDeadlineByTheirWords) {
  EXPECT_EQ(status_error(2, "write x: no space left on device", "c").code, Errc::Exhausted);
  EXPECT_EQ(status_error(2, "context deadline exceeded: unknown", "c").code, Errc::TimedOut);
}

TEST(StatusError, NamesTheCallAndStaysOnOneLine) {
  EXPECT_EQ(status_error(5, "no\nsuch task", "tasks.Get").message, "tasks.Get: no such task");
  EXPECT_EQ(status_error(13, "", "tasks.Get").message, "tasks.Get: gRPC status 13");
}

TEST(ShortName, NamesServiceAndCall) {
  EXPECT_EQ(short_name("/containerd.services.tasks.v1.Tasks/Create"), "tasks.Create");
}

}  // namespace
}  // namespace berth::containerd_api
