// registration_test.cpp - what a node claims, by what it is and how it is set up.
#include "agent/node/registration.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace berth::node {

using protocol::Attribute;

model::NodeFacts small_machine() {
  model::NodeFacts facts;
  facts.cpus = 2;
  facts.memory = Mebibytes{3906};
  facts.architecture = "arm64";
  facts.os_id = "debian";
  facts.os_version_id = "12";
  facts.cgroups = {2, false, true, {"cpu", "io", "memory", "pids"}};
  return facts;
}

Offer plain_offer() {
  Offer offer;
  offer.cluster = "lab";
  offer.reserved_ports = {22, 51678};
  return offer;
}

/// The value of an attribute; "-" for one without value, "(absent)" for none.
std::string value_of(const std::vector<Attribute>& attributes, const std::string& name) {
  for (const Attribute& one : attributes) {
    if (one.name == name) return one.value.value_or("-");
  }
  return "(absent)";
}

TEST(AttributesFor, ClaimWhatBerthHonours) {
  const auto attributes = attributes_for(plain_offer(), small_machine());

  for (const char* name :
       {"com.amazonaws.ecs.capability.privileged-container",
        "com.amazonaws.ecs.capability.docker-remote-api.1.17",
        "com.amazonaws.ecs.capability.docker-remote-api.1.32",
        "com.amazonaws.ecs.capability.logging-driver.json-file",
        "com.amazonaws.ecs.capability.logging-driver.none",
        "com.amazonaws.ecs.capability.logging-driver.awslogs",
        "ecs.capability.container-health-check", "ecs.capability.container-ordering",
        "ecs.capability.container-restart-policy", "ecs.capability.task-cpu-mem-limit",
        "ecs.capability.increased-task-cpu-limit", "ecs.capability.task-eni",
        "ecs.capability.aws-appmesh"}) {
    EXPECT_EQ(value_of(attributes, name), "-") << name;
  }
  EXPECT_EQ(value_of(attributes, "ecs.os-type"), "linux");
  EXPECT_EQ(value_of(attributes, "ecs.os-family"), "LINUX");
  EXPECT_EQ(value_of(attributes, "ecs.os-type-detailed"), "debian_12");
}

TEST(AttributesFor, ClaimNothingElse) {
  const auto attributes = attributes_for(plain_offer(), small_machine());

  for (const char* name :
       {"com.amazonaws.ecs.capability.docker-remote-api.1.26",
        "com.amazonaws.ecs.capability.docker-remote-api.1.27",
        "com.amazonaws.ecs.capability.docker-remote-api.1.31", "ecs.capability.full-sync",
        "ecs.capability.network.container-port-range", "ecs.capability.cni-plugin-version",
        "ecs.capability.external", "ecs.cpu-architecture"}) {
    EXPECT_EQ(value_of(attributes, name), "(absent)") << name;
  }
  EXPECT_EQ(attributes.size(), 27U);
}

TEST(AttributesFor, NameTheDriverOfTheGpus) {
  model::NodeFacts facts = small_machine();
  facts.gpus = {"550.54.15", {"GPU-1"}};

  const auto attributes = attributes_for(plain_offer(), facts);

  EXPECT_EQ(value_of(attributes, "ecs.capability.nvidia-driver-version.550.54.15"), "-");
  EXPECT_EQ(value_of(attributes, "ecs.capability.gpu-driver-version"), "550.54.15");
  facts.gpus.driver_version.clear();
  EXPECT_EQ(attributes_for(plain_offer(), facts).size(), 27U);
}

TEST(RegistrationFor, ListsTheGpusBesideTheResources) {
  model::NodeFacts facts = small_machine();
  facts.gpus = {"", {"GPU-1", "GPU-2"}};

  const auto request = registration_for(plain_offer(), facts, "", "token");

  ASSERT_TRUE(request) << request.error();
  const std::vector<protocol::PlatformDevice> devices{{"GPU-1", "GPU"}, {"GPU-2", "GPU"}};
  EXPECT_EQ(request->platform_devices, devices);
  EXPECT_EQ(request->total_resources.size(), 4U);
}

TEST(AttributesFor, FollowTheConfiguration) {
  struct Case {
    void (*change)(Offer&);
    const char* name;
    const char* value;
  };
  const Case cases[] = {
      {[](Offer& o) { o.privileged = false; }, "com.amazonaws.ecs.capability.privileged-container",
       "(absent)"},
      {[](Offer& o) { o.task_limits = false; }, "ecs.capability.task-cpu-mem-limit", "(absent)"},
      {[](Offer& o) { o.task_eni = false; }, "ecs.capability.task-eni", "(absent)"},
      {[](Offer&) {}, "berth.eni-driver", "(absent)"},
      {[](Offer& o) { o.eni_driver = "hotplug"; }, "berth.eni-driver", "hotplug"},
      {[](Offer& o) {
         o.eni_driver = "hotplug";
         o.task_eni = false;
       },
       "berth.eni-driver", "(absent)"},
      {[](Offer& o) { o.external = true; }, "ecs.capability.task-eni", "(absent)"},
      {[](Offer& o) { o.external = true; }, "ecs.capability.aws-appmesh", "(absent)"},
      {[](Offer& o) { o.external = true; }, "ecs.capability.external", "-"},
      {[](Offer& o) { o.external = true; }, "ecs.cpu-architecture", "arm64"},
      {[](Offer& o) { o.os_family_detailed = "mine"; }, "ecs.os-type-detailed", "mine"},
  };
  for (const Case& one : cases) {
    Offer offer = plain_offer();
    one.change(offer);

    EXPECT_EQ(value_of(attributes_for(offer, small_machine()), one.name), one.value) << one.name;
  }
}

TEST(AttributesFor, ClaimNoTaskLimitsWithoutControllers) {
  model::NodeFacts facts = small_machine();
  facts.cgroups.controllers = {"cpu", "pids"};

  const auto attributes = attributes_for(plain_offer(), facts);

  EXPECT_EQ(value_of(attributes, "ecs.capability.task-cpu-mem-limit"), "(absent)");
}

TEST(RegistrationFor, TellsWhatEc2SaidOfTheMachine) {
  model::NodeFacts facts = small_machine();
  facts.ec2 = {"eu-west-1", "{document}", "signature", "vpc-1", "subnet-1"};

  const auto here = registration_for(plain_offer(), facts, "", "token");
  const auto elsewhere = registration_for(plain_offer(), small_machine(), "", "token");

  ASSERT_TRUE(here) << here.error();
  EXPECT_EQ(here->instance_identity_document, "{document}");
  EXPECT_EQ(here->instance_identity_document_signature, "signature");
  EXPECT_EQ(value_of(here->attributes, "ecs.vpc-id"), "vpc-1");
  EXPECT_EQ(value_of(here->attributes, "ecs.subnet-id"), "subnet-1");
  EXPECT_EQ(elsewhere->instance_identity_document, "");
  EXPECT_EQ(value_of(elsewhere->attributes, "ecs.vpc-id"), "(absent)");
}

TEST(ResourcesFor, CountCpuMemoryAndTakenPorts) {
  Offer offer = plain_offer();
  offer.reserved_memory_mib = 906;

  const auto resources = resources_for(offer, small_machine());

  ASSERT_TRUE(resources) << resources.error();
  const std::vector<protocol::Resource> expected{
      protocol::integer_resource("CPU", 2048), protocol::integer_resource("MEMORY", 3000),
      protocol::string_set_resource("PORTS", {"22", "51678"}),
      protocol::string_set_resource("PORTS_UDP", {})};
  EXPECT_EQ(*resources, expected);
}

TEST(ResourcesFor, RefuseToReserveMoreThanThereIs) {
  Offer offer = plain_offer();
  offer.reserved_memory_mib = 3907;

  const auto resources = resources_for(offer, small_machine());

  ASSERT_TRUE(resources.failed_with(Errc::Invalid));
  EXPECT_NE(resources.error().message.find("ECS_RESERVED_MEMORY of 3907"), std::string::npos);
}

TEST(RegistrationFor, CarriesCustomAttributesTheFirstTimeOnly) {
  Offer offer = plain_offer();
  offer.custom_attributes = {{"rack", "7"}};
  offer.tags = {{"team", "blue"}};

  const auto first = registration_for(offer, small_machine(), "", "token-1");
  const auto again = registration_for(offer, small_machine(), "arn:x", "token-2");

  ASSERT_TRUE(first) << first.error();
  ASSERT_TRUE(again) << again.error();
  EXPECT_EQ(value_of(first->attributes, "rack"), "7");
  EXPECT_EQ(first->container_instance_arn, "");
  EXPECT_EQ(first->client_token, "token-1");
  EXPECT_EQ(first->tags, (std::vector<protocol::Tag>{{"team", "blue"}}));
  EXPECT_EQ(value_of(again->attributes, "rack"), "(absent)");
  EXPECT_EQ(again->container_instance_arn, "arn:x");
  EXPECT_EQ(again->cluster, "lab");
}

Attribute attribute(const std::string& name, std::optional<std::string> value) {
  Attribute made;
  made.name = name;
  made.value = std::move(value);
  return made;
}

TEST(CheckEcho, TakesTheServicesOwnAttributesAndEmptyValues) {
  const std::vector<Attribute> sent{attribute("a", std::nullopt), attribute("b", "1")};

  EXPECT_TRUE(check_echo(
      sent, {attribute("ecs.availability-zone", "z"), attribute("b", "1"), attribute("a", "")}));
}

TEST(CheckEcho, NamesTheAttributeThatDiffers) {
  const std::vector<Attribute> sent{attribute("a", std::nullopt), attribute("b", "1")};

  const Result<> changed = check_echo(sent, {attribute("a", std::nullopt), attribute("b", "2")});
  const Result<> missing = check_echo(sent, {attribute("b", "1")});

  ASSERT_TRUE(changed.failed_with(Errc::Invalid));
  EXPECT_EQ(changed.error().message, "attribute b was sent as \"1\" and came back as \"2\"");
  ASSERT_TRUE(missing.failed_with(Errc::Invalid));
  EXPECT_EQ(missing.error().message, "attribute a was sent as \"\" and came back as nothing");
}

}  // namespace berth::node
