// user_test.cpp - who a container runs as.
#include "runtime/user.hpp"

#include <gtest/gtest.h>

namespace berth::runtime {
namespace {

const UserDatabase kDatabase{
    "# a comment\nroot:x:0:0:root:/root:/bin/sh\nbroken line\nweb:x:101:102::/:/bin/sh\n"
    "web:x:999:999::/:/bin/sh\n2000:x:55:56::/:/bin/sh\nlast:x:7:8::/:/bin/sh",
    "root:x:0:\nwheel:x:10:root,web\nweb:x:102:\nlogs:x:103:last,web\n"};

TEST(ResolveUser, FollowsDockersRules) {
  const struct {
    const char* wanted;
    User expected;
  } cases[] = {
      {"", {0, 0, {0, 10}}},
      {"root", {0, 0, {0, 10}}},
      {"0", {0, 0, {0, 10}}},
      {"web", {101, 102, {102, 10, 103}}},
      {"101", {101, 102, {102, 10, 103}}},
      {"web:logs", {101, 103, {103}}},
      {"web:5", {101, 5, {5}}},
      {"4711", {4711, 0, {0}}},
      {"4711:103", {4711, 103, {103}}},
      {"4711:4712", {4711, 4712, {4712}}},
      {":logs", {0, 103, {103}}},
      {"2000", {55, 56, {56}}},
      {"last", {7, 8, {8, 103}}},
      {"2147483647", {2147483647, 0, {0}}},
  };
  for (const auto& [wanted, expected] : cases) {
    const auto user = resolve_user(wanted, kDatabase);
    ASSERT_TRUE(user) << wanted << ": " << user.error();
    EXPECT_EQ(user->uid, expected.uid) << wanted;
    EXPECT_EQ(user->gid, expected.gid) << wanted;
    EXPECT_EQ(user->additional_gids, expected.additional_gids) << wanted;
  }
}

TEST(ResolveUser, NeedsNoFilesForNumbersAndRoot) {
  EXPECT_EQ(*resolve_user("", {}), (User{0, 0, {0}}));
  EXPECT_EQ(*resolve_user("33:34", {}), (User{33, 34, {34}}));
}

TEST(ResolveUser, NamesWhatTheImageDoesNotKnow) {
  const struct {
    const char* wanted;
    const char* message;
  } cases[] = {
      {"nobody", "no user \"nobody\" in the image's /etc/passwd"},
      {"web:staff", "no group \"staff\" in the image's /etc/group"},
      {"2147483648", "user 2147483648: must be within 0-2147483647"},
      {"99999999999999999999", "user 99999999999999999999: must be within 0-2147483647"},
      {"1:2147483648", "group 2147483648: must be within 0-2147483647"},
      {"-1", "no user \"-1\" in the image's /etc/passwd"},
  };
  for (const auto& [wanted, message] : cases) {
    const auto user = resolve_user(wanted, kDatabase);
    ASSERT_FALSE(user) << wanted;
    EXPECT_EQ(user.error(), (Error{Errc::Invalid, 0, message}));
  }
}

}  // namespace
}  // namespace berth::runtime
