// network_test.cpp - what agents are told of groups and routes, over real sockets.
#include "lab/network.hpp"

#include <gtest/gtest.h>

#include "tests/fakes/own_netns.hpp"
#include "tests/lab/fake_agent.hpp"
#include "tests/lab/lab_under_test.hpp"

namespace berth::lab {
namespace {

using namespace berth::testing;
using protocol::AttachTaskNetworkInterfacesMessage;
using protocol::BerthNetworkMessage;

const auto* const network_netns = OwnNetns::for_this_program();

class NetworkTest : public ::testing::Test {
 protected:
  void begin() {
    under_test.start();
    web = under_test.make_group("web");
    db = under_test.make_group("db");
    allow(db, "SourceSecurityGroupName=web");
  }
  void allow(const std::string& group, const std::string& from) {
    under_test.ask_ec2("Action=AuthorizeSecurityGroupIngress&GroupId=" + group +
                       "&IpProtocol=tcp&FromPort=5432&ToPort=5432&" + from);
  }
  FakeAgent& joined() {
    agents.push_back(
        std::make_unique<FakeAgent>(*under_test.loop, under_test.port, under_test.keys));
    agents.back()->join();
    EXPECT_EQ(agents.back()->connect(), "");
    return *agents.back();
  }
  /// Starts a task of its own interface there; its ARN.
  std::string start_on(const FakeAgent& agent, const std::vector<std::string>& groups) {
    if (!defined) {
      under_test.ask("RegisterTaskDefinition", Json::parse(R"({"family": "web", "networkMode":
        "awsvpc", "containerDefinitions": [{"name": "app", "image": "i:1", "memory": 32}]})"));
      defined = true;
    }
    const Json started = under_test.ask(
        "StartTask",
        {{"taskDefinition", "web"},
         {"containerInstances", {agent.arn}},
         {"networkConfiguration",
          {{"awsvpcConfiguration", {{"subnets", {"subnet-lab"}}, {"securityGroups", groups}}}}}});
    if (started["tasks"].empty()) {
      ADD_FAILURE() << started.dump();
      return "";
    }
    return started["tasks"][0]["taskArn"];
  }
  std::vector<std::string> addresses_of(const std::string& task) {
    return under_test.lab->find_task("default", task)->interface->addresses();
  }
  Instance& instance(const FakeAgent& agent) { return under_test.lab->instances().at(agent.arn); }
  static const protocol::SecurityGroup& group_in(const std::vector<protocol::SecurityGroup>& all,
                                                 const std::string& id) {
    static const protocol::SecurityGroup kNone;
    for (const auto& one : all) {
      if (one.group_id == id) return one;
    }
    ADD_FAILURE() << "no " << id;
    return kNone;
  }

  LabUnderTest under_test;
  std::vector<std::unique_ptr<FakeAgent>> agents;
  std::string web, db;
  bool defined = false;
};

TEST_F(NetworkTest, TellsAnInterfaceItsGroupsAndThoseTheyName) {
  begin();
  FakeAgent& agent = joined();
  const std::string front = start_on(agent, {web});
  agent.ack(agent.next<AttachTaskNetworkInterfacesMessage>()["messageId"]);
  const std::string back = start_on(agent, {db});

  const auto attach = protocol::decode<AttachTaskNetworkInterfacesMessage>(
      agent.next<AttachTaskNetworkInterfacesMessage>());

  ASSERT_TRUE(attach) << attach.error();
  const protocol::BerthInterface& told = *attach->enis.at(0).berth;
  EXPECT_EQ(told.subnet_id, "subnet-lab");
  EXPECT_EQ(told.security_group_ids, std::vector<std::string>{db});
  ASSERT_EQ(told.security_groups.size(), 2u);
  EXPECT_EQ(group_in(told.security_groups, db).members, addresses_of(back));
  EXPECT_EQ(group_in(told.security_groups, db).ingress.at(0),
            (protocol::SecurityGroupRule{"tcp", 5432, 5432, {}, {web}}));
  EXPECT_EQ(group_in(told.security_groups, web).members, addresses_of(front));
  EXPECT_EQ(addresses_of(back).size(), 2u);
}

TEST_F(NetworkTest, SaysNothingWhereThereIsNothingToSay) {
  begin();
  FakeAgent& agent = joined();

  start_on(agent, {});

  // The attachment would come behind it; next() refuses what is not asked for.
  auto frame = under_test.loop->run(agent.tasks->read(Deadline::after(std::chrono::seconds(5))));
  while (frame && frame->find(protocol::TaskManifestMessage::kType) != std::string::npos) {
    frame = under_test.loop->run(agent.tasks->read(Deadline::after(std::chrono::seconds(5))));
  }
  ASSERT_TRUE(frame) << frame.error();
  EXPECT_EQ(protocol::decode_frame(*frame)->type, AttachTaskNetworkInterfacesMessage::kType);
}

TEST_F(NetworkTest, TellsOfMembersThatComeAndGoElsewhere) {
  begin();
  FakeAgent& here = joined();
  FakeAgent& there = joined();
  start_on(here, {db});
  const BerthNetworkMessage first = here.next_network();
  EXPECT_TRUE(group_in(first.security_groups, web).members.empty());
  here.ack(first.message_id);

  const std::string front = start_on(there, {web});
  const std::vector<std::string> members = addresses_of(front);
  const BerthNetworkMessage second = here.next_network();
  here.ack(second.message_id);
  under_test.ask("StopTask", {{"task", front}});
  const BerthNetworkMessage third = here.next_network();

  EXPECT_EQ(group_in(second.security_groups, web).members, members);
  EXPECT_TRUE(group_in(third.security_groups, web).members.empty());
  EXPECT_LT(first.version, second.version);
  EXPECT_LT(second.version, third.version);
  EXPECT_LT(group_in(first.security_groups, web).version,
            group_in(second.security_groups, web).version);
  EXPECT_LT(group_in(second.security_groups, web).version,
            group_in(third.security_groups, web).version);
  EXPECT_EQ(first.container_instance_arn, here.arn);
}

TEST_F(NetworkTest, TellsOfRulesAndOfTheLastTaskWithAGroup) {
  begin();
  FakeAgent& agent = joined();
  const std::string task = start_on(agent, {web});
  agent.ack(agent.next_network().message_id);

  allow(web, "CidrIp=192.168.0.0/16");
  const BerthNetworkMessage opened = agent.next_network();
  agent.ack(opened.message_id);
  under_test.ask("StopTask", {{"task", task}});
  const BerthNetworkMessage empty = agent.next_network();

  EXPECT_EQ(group_in(opened.security_groups, web).ingress.at(0).cidrs,
            std::vector<std::string>{"192.168.0.0/16"});
  EXPECT_TRUE(empty.security_groups.empty());
}

TEST_F(NetworkTest, HasOneWordUnderWayAndTheNewestNext) {
  begin();
  FakeAgent& agent = joined();
  start_on(agent, {web});
  const BerthNetworkMessage first = agent.next_network();

  allow(web, "CidrIp=192.168.0.0/16");
  allow(web, "CidrIp=10.0.0.0/8");
  agent.ack(first.message_id);
  const BerthNetworkMessage second = agent.next_network();

  EXPECT_EQ(group_in(second.security_groups, web).ingress.at(0).cidrs,
            (std::vector<std::string>{"192.168.0.0/16", "10.0.0.0/8"}));
}

TEST_F(NetworkTest, RepeatsWhatIsNotAcknowledged) {
  under_test.settings.resend = std::chrono::seconds(0);
  begin();
  FakeAgent& agent = joined();
  start_on(agent, {web});

  const BerthNetworkMessage first = agent.next_network();
  const BerthNetworkMessage second = agent.next_network();

  EXPECT_NE(first.message_id, second.message_id);
  EXPECT_EQ(first.security_groups, second.security_groups);
}

TEST_F(NetworkTest, TellsEverythingAgainAfterARestartOfTheLab) {
  begin();
  const std::string arn = joined().arn;
  const std::string task = start_on(*agents[0], {web});
  const BerthNetworkMessage before = agents[0]->next_network();
  agents[0]->ack(before.message_id);
  agents.clear();

  under_test.restart();
  agents.push_back(std::make_unique<FakeAgent>(*under_test.loop, under_test.port, under_test.keys));
  agents[0]->arn = arn;
  ASSERT_EQ(agents[0]->connect(), "");

  const BerthNetworkMessage after = agents[0]->next_network();
  EXPECT_EQ(after.security_groups, before.security_groups);
  EXPECT_GT(after.version, before.version);
  agents[0]->ack(after.message_id);
  under_test.ask("StopTask", {{"task", task}});
  agents[0]->ack(agents[0]->next_network().message_id);

  // What the agent holds is taken back even where the session saw none of it.
  agents[0]->tasks.reset();
  ASSERT_EQ(agents[0]->connect(), "");
  EXPECT_TRUE(agents[0]->next_network().security_groups.empty());
}

TEST_F(NetworkTest, RoutesToTheBlocksOfOtherInstances) {
  begin();
  FakeAgent& here = joined();
  FakeAgent& there = joined();
  FakeAgent& beside = joined();  // on the lab's machine: its session comes over loopback
  for (const FakeAgent* agent : {&here, &there, &beside}) start_on(*agent, {});
  under_test.lab->note_address(instance(here), "192.168.1.11", "192.168.1.1");
  under_test.lab->note_address(instance(there), "::ffff:192.168.1.12", "192.168.1.1");

  const BerthNetworkMessage told = here.next_network();

  ASSERT_EQ(told.routes.size(), 2u);
  std::map<std::string, std::string> routes;
  for (const auto& route : told.routes) routes[route.destination] = route.via;
  EXPECT_EQ(routes["10.213.1.0/24"], "192.168.1.12");
  EXPECT_EQ(routes["10.213.2.0/24"], "192.168.1.1");
  EXPECT_TRUE(told.security_groups.empty());
}

TEST_F(NetworkTest, KnowsNoRouteToTasksThatAreOnTheLanThemselves) {
  begin();
  FakeAgent& here = joined();
  FakeAgent& there = joined();
  FakeAgent& plugged = joined();
  instance(plugged).attributes.push_back({"berth.eni-driver", "hotplug", "", ""});
  for (const FakeAgent* agent : {&here, &there, &plugged}) start_on(*agent, {});
  under_test.lab->note_address(instance(here), "192.168.1.11", "192.168.1.1");
  under_test.lab->note_address(instance(plugged), "192.168.1.13", "192.168.1.1");
  under_test.lab->note_address(instance(there), "192.168.1.12", "192.168.1.1");

  const BerthNetworkMessage told = here.next_network();

  ASSERT_EQ(told.routes.size(), 1u);
  EXPECT_EQ(told.routes[0].via, "192.168.1.12");
}

TEST_F(NetworkTest, KnowsNoRouteWithoutAnAddressOfTheFamily) {
  begin();
  FakeAgent& here = joined();
  FakeAgent& there = joined();
  start_on(there, {});
  Lab& lab = *under_test.lab;
  struct Case {
    const char* there;
    const char* lab;
    std::size_t routes;
  };
  for (const Case& c : {Case{"", "192.168.1.1", 0}, Case{"127.0.0.1", "127.0.0.1", 0},
                        Case{"127.0.0.1", "192.168.1.1", 1}, Case{"fe80::12", "fe80::1", 0},
                        Case{"fd09::12", "fd09::1", 1}, Case{"192.168.1.12", "", 1}}) {
    lab.note_address(instance(there), c.there, "");
    lab.note_address(instance(here), "192.168.1.11", c.lab);
    EXPECT_EQ(network_of(lab, instance(here)).routes.size(), c.routes) << c.there << " " << c.lab;
  }

  lab.note_address(instance(there), "192.168.1.12", "");
  under_test.ask("DeregisterContainerInstance",
                 {{"containerInstance", there.arn}, {"force", true}});
  EXPECT_TRUE(network_of(lab, instance(here)).routes.empty());
}

}  // namespace
}  // namespace berth::lab
