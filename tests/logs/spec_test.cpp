// spec_test.cpp - the URI containerd is given.
#include "logs/spec.hpp"

#include <gtest/gtest.h>

namespace berth::logs {
namespace {

TEST(LoggerUri, EscapesWhatAQueryWouldSplit) {
  struct Case {
    LogSpec spec;
    std::string uri;
  };
  const Case cases[] = {
      {{"/var/lib/berth/logs/3f2a/web", 10 << 20, 3},
       "binary:///usr/bin/berth-logger?dir=/var/lib/berth/logs/3f2a/"
       "web&max_bytes=10485760&max_files=3"},
      {{"/l/a b&c=d+e;f%g#h?i", 1, 2},
       "binary:///usr/bin/berth-logger?dir=/l/"
       "a%20b%26c%3Dd%2Be%3Bf%25g%23h%3Fi&max_bytes=1&max_files=2"},
  };
  for (const Case& c : cases) {
    auto uri = logger_uri(c.spec, "/usr/bin/berth-logger");
    ASSERT_TRUE(uri) << uri.error().text();
    EXPECT_EQ(*uri, c.uri);
  }
}

TEST(LoggerUri, RefusesPathsThatAreNotAbsolute) {
  EXPECT_TRUE(logger_uri({"logs"}, "/usr/bin/berth-logger").failed_with(Errc::Invalid));
  EXPECT_TRUE(logger_uri({""}, "/usr/bin/berth-logger").failed_with(Errc::Invalid));
  EXPECT_TRUE(logger_uri({"/logs"}, "berth-logger").failed_with(Errc::Invalid));
  EXPECT_TRUE(logger_uri({std::string("/l\0g", 4)}, "/berth-logger").failed_with(Errc::Invalid));
}

}  // namespace
}  // namespace berth::logs
