// gpus_test.cpp - tasks of files choose their GPUs.
#include "agent/standing/gpus.hpp"

#include <gtest/gtest.h>

#include "tests/fakes/tasks.hpp"

namespace berth::standing {
namespace {

using berth::testing::a_container;
using berth::testing::a_task;
using Ids = std::vector<std::string>;

const Ids kNode{"GPU-1", "GPU-2", "GPU-3"};

/// Containers "two" and "one", which want that many.
model::Task wanting_three() {
  model::Task task = a_task({a_container("two"), a_container("none"), a_container("one")});
  want_gpus(Json::parse(R"({"containerDefinitions": [
      {"resourceRequirements": [{"type": "GPU", "value": "2"}]}, {},
      {"resourceRequirements": [{"type": "GPU", "value": "1"}]}]})"),
            task);
  return task;
}

TEST(ChooseGpus, TakesThoseFirstThatNobodyHas) {
  model::Task task = wanting_three();

  choose_gpus(task, kNode, {"GPU-1"});

  EXPECT_EQ(task.containers[0].gpus, (Ids{"GPU-2", "GPU-3"}));
  EXPECT_EQ(task.containers[1].gpus, Ids{});
  EXPECT_EQ(task.containers[2].gpus, Ids{"GPU-1"});
}

TEST(ChooseGpus, TakesThemInTheNodesOrder) {
  model::Task task = wanting_three();

  choose_gpus(task, kNode, {});

  EXPECT_EQ(task.containers[0].gpus, (Ids{"GPU-1", "GPU-2"}));
  EXPECT_EQ(task.containers[2].gpus, Ids{"GPU-3"});
}

TEST(CheckGpus, RefusesMoreThanTheNodeHas) {
  EXPECT_TRUE(check_gpus(wanting_three(), kNode));

  const auto refused = check_gpus(wanting_three(), {"GPU-1", "GPU-2"});

  ASSERT_TRUE(refused.failed_with(Errc::Invalid));
  EXPECT_EQ(refused.error().message,
            "containerDefinitions[].resourceRequirements: 3 GPUs in all; this node has 2");
}

}  // namespace
}  // namespace berth::standing
