// gpus_test.cpp - GPUs in definitions: how many, what is refused, whose they are in the payload.
#include "controlplane/definition/gpus.hpp"

#include <gtest/gtest.h>

#include "controlplane/definition/payload.hpp"
#include "controlplane/definition/task_definition.hpp"

namespace berth::definition {
namespace {

Json with_requirements(const char* requirements, const char* members = "") {
  return Json::parse(std::string(R"({"family": "train")") + members +
                     R"(, "containerDefinitions": [{"name": "main", "image": "i", "memory": 32,
                       "resourceRequirements": )" +
                     requirements + "}]}");
}

TEST(GpusOf, CountsThoseOfTheOverrideWhereItHasSome) {
  const Json two = Json::parse(R"({"resourceRequirements": [{"type": "GPU", "value": "2"}]})");
  const Json one = Json::parse(R"({"resourceRequirements": [{"type": "GPU", "value": "1"}]})");
  const Json other = Json::parse(
      R"({"resourceRequirements": [{"type": "InferenceAccelerator", "value": "device_1"}]})");

  EXPECT_EQ(gpus_of(two), 2);
  EXPECT_EQ(gpus_of(other), 0);
  EXPECT_EQ(gpus_of(Json::object()), 0);
  EXPECT_EQ(gpus_of(two, Json::object()), 2);
  EXPECT_EQ(gpus_of(two, one), 1);
}

TEST(Definition, KeepsWhatItAsksForInGpus) {
  const Json asked =
      with_requirements(R"([{"type": "GPU", "value": "2"}])",
                        R"(, "networkMode": "awsvpc", "cpu": "256", "memory": "512")");

  const auto definition = normalised_definition(asked);

  ASSERT_TRUE(definition) << definition.error().message;
  EXPECT_EQ((*definition)["containerDefinitions"][0]["resourceRequirements"],
            asked["containerDefinitions"][0]["resourceRequirements"]);
  EXPECT_EQ((*definition)["compatibilities"], Json({"EC2"}));
}

TEST(Definition, IsRefusedWhenItsGpusAreNoNumber) {
  struct Case {
    const char* requirements;
    const char* members;
    const char* message;
  };
  const std::string where = "Invalid setting for container 'main'. Resource requirement ";
  const Case cases[] = {{R"([{"type": "GPU", "value": "0"}])", "",
                         "'value' of type GPU must be a number from 1 to 1024, but is '0'."},
                        {R"([{"type": "GPU", "value": "all"}])", "",
                         "'value' of type GPU must be a number from 1 to 1024, but is 'all'."},
                        {R"([{"type": "GPU", "value": "1.5"}])", "",
                         "'value' of type GPU must be a number from 1 to 1024, but is '1.5'."},
                        {R"([{"type": "GPU"}])", "",
                         "'value' of type GPU must be a number from 1 to 1024, but is ''."},
                        {R"([{"type": "TPU", "value": "1"}])", "",
                         "'type' must be GPU or InferenceAccelerator, but is 'TPU'."},
                        {R"([{"type": "GPU", "value": "1"}, {"type": "GPU", "value": "1"}])", "",
                         "'GPU' is given more than once."}};
  for (const Case& one : cases) {
    const auto definition = normalised_definition(with_requirements(one.requirements, one.members));

    ASSERT_FALSE(definition) << one.requirements;
    EXPECT_EQ(definition.error(), client_fault(where + one.message));
  }
}

TEST(Definition, IsRefusedWhenItAsksFargateForGpus) {
  const auto definition = normalised_definition(
      with_requirements(R"([{"type": "GPU", "value": "1"}])",
                        R"(, "networkMode": "awsvpc", "cpu": "256", "memory": "512",
          "requiresCompatibilities": ["FARGATE"])"));

  ASSERT_FALSE(definition);
  EXPECT_EQ(definition.error().message, "Fargate compatible task definitions do not support GPUs.");
}

TEST(PayloadOf, AssociatesEachGpuWithItsContainer) {
  const auto definition = normalised_definition(with_requirements(R"([])"));
  ASSERT_TRUE(definition) << definition.error().message;
  Launch launch;
  launch.task_arn = "arn:aws:ecs:us-east-1:1:task/default/t1";
  launch.desired_status = "RUNNING";
  launch.gpus["main"] = {"GPU-2", "GPU-1"};

  const protocol::Task task = payload_of(*definition, launch);

  const std::vector<protocol::Association> expected{{"GPU-2", "gpu", {"main"}, "", ""},
                                                    {"GPU-1", "gpu", {"main"}, "", ""}};
  EXPECT_EQ(task.associations, expected);
}

}  // namespace
}  // namespace berth::definition
