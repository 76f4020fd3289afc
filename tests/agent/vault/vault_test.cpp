// vault_test.cpp - keys kept, renewed and dropped.
#include "agent/vault/vault.hpp"

#include <gtest/gtest.h>

namespace berth::vault {
namespace {

RoleKeys keys(std::string id, std::string task = "arn:task/1", Role role = Role::Application) {
  RoleKeys keys;
  keys.id = std::move(id);
  keys.task_arn = std::move(task);
  keys.role = role;
  keys.access_key_id = "ASIA1";
  keys.secret_access_key = "first";
  return keys;
}

TEST(Vault, HandsKeysOutByTheirId) {
  Vault vault;

  ASSERT_TRUE(vault.keep(keys("c-1")));

  ASSERT_NE(vault.find("c-1"), nullptr);
  EXPECT_EQ(*vault.find("c-1"), keys("c-1"));
  EXPECT_EQ(vault.find("c-2"), nullptr);
}

TEST(Vault, PutsRenewedKeysInThePlaceOfTheOld) {
  Vault vault;
  ASSERT_TRUE(vault.keep(keys("c-1")));
  RoleKeys renewed = keys("c-1");
  renewed.secret_access_key = "second";
  renewed.expiration = "2026-01-01T12:00:00Z";

  ASSERT_TRUE(vault.keep(renewed));

  EXPECT_EQ(*vault.find("c-1"), renewed);
}

TEST(Vault, ForgetsOneRoleOfOneTask) {
  Vault vault;
  ASSERT_TRUE(vault.keep(keys("app-1")));
  ASSERT_TRUE(vault.keep(keys("exec-1", "arn:task/1", Role::Execution)));
  ASSERT_TRUE(vault.keep(keys("app-2", "arn:task/2")));

  vault.forget("arn:task/1", Role::Application);
  vault.forget("arn:task/3", Role::Application);

  EXPECT_EQ(vault.find("app-1"), nullptr);
  EXPECT_NE(vault.find("exec-1"), nullptr);
  EXPECT_NE(vault.find("app-2"), nullptr);
}

TEST(Vault, WhenFullRenewsButTakesNoMore) {
  Vault vault;
  for (std::size_t nth = 0; nth < Vault::kMostSets; ++nth) {
    ASSERT_TRUE(vault.keep(keys("c-" + std::to_string(nth))));
  }
  RoleKeys renewed = keys("c-0");
  renewed.secret_access_key = "second";

  const auto refused = vault.keep(keys("one more"));
  const auto taken = vault.keep(renewed);

  ASSERT_TRUE(refused.failed_with(Errc::Exhausted));
  EXPECT_EQ(refused.error().message.find("first"), std::string::npos);
  EXPECT_TRUE(taken);
  EXPECT_EQ(*vault.find("c-0"), renewed);
}

}  // namespace
}  // namespace berth::vault
