// placement_test.cpp - expressions, what fits where.
#include "lab/placement.hpp"

#include <gtest/gtest.h>

#include "lab/names.hpp"

namespace berth::lab {
namespace {

Instance instance() {
  Instance one;
  one.arn = "arn:aws:ecs:us-east-1:123456789012:container-instance/default/a";
  one.resources = {protocol::integer_resource("CPU", 2048),
                   protocol::integer_resource("MEMORY", 4096),
                   protocol::string_set_resource("PORTS", {"22"}),
                   protocol::string_set_resource("PORTS_UDP", {}),
                   protocol::string_set_resource("GPU", {"GPU-1", "GPU-2"})};
  one.attributes = {{"ecs.capability.task-eni", std::nullopt, "", ""},
                    {"ecs.cpu-architecture", "x86_64", "", ""},
                    {"stack", "prod", "", ""}};
  return one;
}

Candidate candidate(const Instance& one) {
  return {&one, one.capacity(), true, {"family:web", "service:api"}};
}

TEST(Expression, HoldsAsTheQueryLanguageSays) {
  const Instance one = instance();
  const Candidate asked = candidate(one);
  struct Case {
    const char* text;
    bool holds;
  };
  for (const Case& c : {
           Case{"attribute:stack == prod", true},
           Case{"attribute:stack != prod", false},
           Case{"attribute:stack equals 'prod'", true},
           Case{"attribute:stack in [dev, prod]", true},
           Case{"attribute:stack not_in [dev, prod]", false},
           Case{"attribute:stack !in [dev]", true},
           Case{"attribute:stack =~ p.*", true},
           Case{"attribute:stack =~ \"(dev|test)\"", false},
           Case{"attribute:zone exists", false},
           Case{"attribute:zone !exists", true},
           Case{"attribute:ecs.capability.task-eni exists", true},
           Case{"runningTasksCount < 3", true},
           Case{"runningTasksCount >= 10", false},
           Case{"agentConnected == true", true},
           Case{"task:group == family:web", true},
           Case{"not(task:group == family:web)", false},
           Case{"attribute:stack == dev or agentConnected == true", true},
           Case{"attribute:stack == dev && agentConnected == true", false},
           Case{"!(attribute:stack == dev) and (runningTasksCount == 2)", true},
       }) {
    auto parsed = Expression::parse(c.text);
    ASSERT_TRUE(parsed) << c.text << ": " << parsed.error().message;
    EXPECT_EQ(parsed->holds(subject_of(asked)), c.holds) << c.text;
  }
}

TEST(Expression, SaysWhereItCannotBeRead) {
  for (const char* text : {"", "attribute:stack", "attribute:stack ==", "a == b c", "(a == b",
                           "a in b", "a in [b", "a =~ \"(\"", "a == 'b"}) {
    auto parsed = Expression::parse(text);
    ASSERT_TRUE(parsed.failed_with(Errc::Invalid)) << text;
    EXPECT_NE(parsed.error().message.find("at character"), std::string::npos) << text;
  }
}

TEST(Obstacle, NamesWhatDoesNotFit) {
  struct Case {
    const char* why;
    std::function<void(Placement&, Candidate&, Instance&)> change;
    std::optional<std::string> obstacle;
  };
  const Case cases[] = {
      {"fits", [](Placement&, Candidate&, Instance&) {}, std::nullopt},
      {"all of it",
       [](Placement& p, Candidate&, Instance&) {
         p.demand.cpu = 2048;
         p.demand.memory_mib = 4096;
       },
       std::nullopt},
      {"cpu", [](Placement& p, Candidate&, Instance&) { p.demand.cpu = 2049; }, "RESOURCE:CPU"},
      {"memory", [](Placement& p, Candidate&, Instance&) { p.demand.memory_mib = 4097; },
       "RESOURCE:MEMORY"},
      {"port", [](Placement& p, Candidate&, Instance&) { p.demand.tcp_ports = {"80", "22"}; },
       "RESOURCE:PORTS"},
      {"other protocol", [](Placement& p, Candidate&, Instance&) { p.demand.udp_ports = {"22"}; },
       std::nullopt},
      {"all gpus", [](Placement& p, Candidate&, Instance&) { p.demand.gpus = 2; }, std::nullopt},
      {"gpu", [](Placement& p, Candidate&, Instance&) { p.demand.gpus = 3; }, "RESOURCE:GPU"},
      {"gpu in use",
       [](Placement& p, Candidate& c, Instance&) {
         p.demand.gpus = 2;
         Demand other;
         other.gpu_ids = {"GPU-1"};
         take(c.remaining, other);
       },
       "RESOURCE:GPU"},
      {"no address",
       [](Placement& p, Candidate& c, Instance&) {
         p.demand.own_interface = true;
         c.no_address = "subnet-lab: full";
       },
       "RESOURCE:ENI"},
      {"no address needed",
       [](Placement&, Candidate& c, Instance&) { c.no_address = "subnet-lab: full"; },
       std::nullopt},
      {"agent", [](Placement&, Candidate& c, Instance&) { c.connected = false; }, "AGENT"},
      {"no interfaces",
       [](Placement& p, Candidate&, Instance& i) {
         p.demand.own_interface = true;
         i.attributes.clear();
       },
       "ATTRIBUTE"},
      {"architecture", [](Placement& p, Candidate&, Instance&) { p.architecture = "arm64"; },
       "ATTRIBUTE"},
      {"distinct",
       [](Placement& p, Candidate&, Instance&) {
         p.distinct_instance = true;
         p.group = "family:web";
       },
       "DistinctInstance placement constraint unsatisfied."},
      {"member",
       [](Placement& p, Candidate&, Instance&) {
         p.expressions.push_back(*Expression::parse("attribute:stack == dev"));
       },
       "MemberOf placement constraint unsatisfied."},
  };
  for (const Case& c : cases) {
    Instance one = instance();
    Candidate asked = candidate(one);
    Placement placement;
    c.change(placement, asked, one);
    EXPECT_EQ(obstacle(placement, asked), c.obstacle) << c.why;
  }
}

TEST(Choose, SpreadsAndPacks) {
  const Instance one = instance();
  Candidate busy = candidate(one);
  busy.remaining.memory_mib = 1024;
  Candidate idle = candidate(one);
  idle.groups.clear();
  Placement placement;
  Random random(1);

  EXPECT_EQ(choose(placement, {busy, idle}, random), 1u);
  placement.strategy = Placement::Strategy::BinpackMemory;
  EXPECT_EQ(choose(placement, {idle, busy}, random), 1u);
  placement.demand.memory_mib = 2000;
  EXPECT_EQ(choose(placement, {busy, idle}, random), 1u);
  placement.demand.memory_mib = 5000;
  EXPECT_EQ(choose(placement, {busy, idle}, random), std::nullopt);
}

TEST(DemandOf, PrefersTaskSizesAndReservations) {
  const Json definition = Json::parse(R"({"containerDefinitions": [
    {"name": "a", "cpu": 100, "memory": 300, "memoryReservation": 200,
     "portMappings": [{"containerPort": 80, "hostPort": 8080, "protocol": "tcp"},
                      {"containerPort": 53, "hostPort": 53, "protocol": "udp"},
                      {"containerPort": 81, "hostPort": 0, "protocol": "tcp"}]},
    {"name": "b", "cpu": 50, "memory": 100}]})");

  const Demand plain = demand_of(definition, Json::object());
  EXPECT_EQ(plain.cpu, 150);
  EXPECT_EQ(plain.memory_mib, 300);
  EXPECT_EQ(plain.tcp_ports, std::vector<std::string>{"8080"});
  EXPECT_EQ(plain.udp_ports, std::vector<std::string>{"53"});

  const Demand overridden = demand_of(
      definition, {{"containerOverrides", {{{"name", "b"}, {"cpu", 500}}}}, {"memory", "1 GB"}});
  EXPECT_EQ(overridden.cpu, 600);
  EXPECT_EQ(overridden.memory_mib, 1024);

  Json own = definition;
  own["networkMode"] = "awsvpc";
  EXPECT_TRUE(demand_of(own, Json::object()).tcp_ports.empty());
}

TEST(DefinitionNames, AreReadInEveryForm) {
  EXPECT_EQ(parse_definition_name("web"), (DefinitionName{"web", std::nullopt}));
  EXPECT_EQ(parse_definition_name("web:3"), (DefinitionName{"web", 3}));
  EXPECT_EQ(parse_definition_name("arn:aws:ecs:us-east-1:123456789012:task-definition/web:3"),
            (DefinitionName{"web", 3}));
  for (const char* bad : {"", ":3", "web:", "web:x", "web:0", "arn:aws:ecs:r:1:task/default/a"}) {
    EXPECT_EQ(parse_definition_name(bad), std::nullopt) << bad;
  }
}

}  // namespace
}  // namespace berth::lab
