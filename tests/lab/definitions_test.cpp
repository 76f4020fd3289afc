// definitions_test.cpp - revisions of a family.
#include "lab/definitions.hpp"

#include <gtest/gtest.h>

namespace berth::lab {
namespace {

TEST(Definitions, CountRevisionsAndFindTheNewestActive) {
  Definitions definitions;
  const Names names{"eu-west-1"};
  const Json normalised = {{"family", "web"}};
  definitions.add(normalised, Json::array(), "me", WallTime(), names);
  Definition& second = definitions.add(normalised, Json::array(), "me", WallTime(), names);
  EXPECT_EQ(second.arn, "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:2");

  definitions.deactivate(second, WallTime());

  EXPECT_EQ(definitions.find(DefinitionName{"web", std::nullopt})->revision, 1);
  EXPECT_EQ(definitions.find(DefinitionName{"web", 2})->shown["status"], "INACTIVE");
  EXPECT_EQ(definitions.find(DefinitionName{"api", std::nullopt}), nullptr);
  EXPECT_EQ(definitions.add(normalised, Json::array(), "me", WallTime(), names).revision, 3);
}

}  // namespace
}  // namespace berth::lab
