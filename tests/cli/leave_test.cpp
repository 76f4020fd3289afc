// leave_test.cpp - what a leave does not undo.
#include "cli/leave.hpp"

#include <gmock/gmock.h>

namespace berth::cli {
namespace {

TEST(WhatStays, IsTheRegistrationOfAnExternalInstance) {
  EXPECT_EQ(what_stays({{"ECS_CLUSTER", "web"}}), "");
  EXPECT_THAT(what_stays({{"ECS_EXTERNAL", "true"}}),
              ::testing::HasSubstr("aws ssm deregister-managed-instance"));
}

}  // namespace
}  // namespace berth::cli
