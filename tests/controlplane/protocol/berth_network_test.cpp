// berth_network_test.cpp - security groups and routes, as they go over the wire and are refused.
#include "controlplane/protocol/berth_network.hpp"

#include <gtest/gtest.h>

#include "base/json.hpp"
#include "controlplane/protocol/parts.hpp"

namespace berth::protocol {
namespace {

Json group_json() {
  return Json::parse(R"({"groupId": "sg-1", "version": 7,
    "ingress": [{"protocol": "tcp", "fromPort": 80, "toPort": 90, "cidrs": ["10.0.0.0/8", "::/0"]},
                {"protocol": "icmpv6", "fromPort": 128, "toPort": -1, "groupIds": ["sg-2"]}],
    "egress": [{"protocol": "-1", "fromPort": -1, "toPort": -1, "cidrs": ["0.0.0.0/0"]}],
    "members": ["10.213.1.5", "fd00::5"]})");
}

Json network_json() {
  return {{"messageId", "n-1"},
          {"clusterArn", "arn:cluster"},
          {"containerInstanceArn", "arn:instance"},
          {"generatedAt", 1767225600000},
          {"version", 12},
          {"securityGroups", Json::array({group_json()})},
          {"routes",
           {{{"destination", "10.213.2.0/24"}, {"via", "192.168.1.12"}},
            {{"destination", "fd00:0:0:2::/64"}, {"via", "fe80::1"}}}}};
}

Json eni_json() {
  return {{"ec2Id", "eni-1"},
          {"macAddress", "0a:00:00:00:00:01"},
          {"index", 0},
          {"ipv4Addresses", {{{"primary", true}, {"privateAddress", "10.213.1.5"}}}},
          {"subnetGatewayIpv4Address", "10.213.1.1/24"},
          {"ipv6Addresses", {{{"primary", true}, {"address", "fd00::5"}}}},
          {"subnetGatewayIpv6Address", "fd00::1/64"},
          {"berth",
           {{"subnetId", "subnet-lab"},
            {"securityGroupIds", {"sg-1"}},
            {"securityGroups", Json::array({group_json()})}}}};
}

TEST(BerthNetworkMessage, ComesBackUnchanged) {
  auto message = decode<BerthNetworkMessage>(network_json());

  ASSERT_TRUE(message) << message.error();
  EXPECT_EQ(message->security_groups.at(0).ingress.at(0),
            (SecurityGroupRule{"tcp", 80, 90, {"10.0.0.0/8", "::/0"}, {}}));
  EXPECT_EQ(message->routes.at(0), (NetworkRoute{"10.213.2.0/24", "192.168.1.12"}));
  EXPECT_EQ(encode(*message), network_json());
}

TEST(BerthNetworkMessage, IsRefusedWithoutWhatItsRulesAskFor) {
  const std::tuple<const char*, Json, const char*> cases[] = {
      {"/messageId", "", "messageId: is required"},
      {"/clusterArn", nullptr, "clusterArn: is required"},
      {"/containerInstanceArn", nullptr, "containerInstanceArn: is required"},
      {"/version", 0, "version: 0 must be above 0"},
      {"/securityGroups/1", group_json(), "securityGroups: \"sg-1\" must be there only once"},
      {"/securityGroups/0/groupId", "", "securityGroups[0].groupId: is required"},
      {"/securityGroups/0/members/1", "fd00::5/64",
       "securityGroups[0].members[1]: \"fd00::5/64\" must be an address"},
      {"/routes/0/destination", "10.213.2.0/33",
       "routes[0].destination: \"10.213.2.0/33\" must be an address with its prefix length"},
      {"/routes/1/via", "192.168.1.12",
       "routes[1].via: \"192.168.1.12\" must be an address of the destination's family"},
      {"/routes/1/via", "", "routes[1].via: is required"},
  };
  for (const auto& [place, value, why] : cases) {
    Json body = network_json();
    body[Json::json_pointer(place)] = value;

    auto message = decode<BerthNetworkMessage>(body);

    ASSERT_FALSE(message) << why;
    EXPECT_EQ(message.error(),
              (Error{Errc::Invalid, 0, "BerthNetworkMessage." + std::string(why)}));
  }
}

TEST(SecurityGroupRule, IsRefusedWithPortsThatItsProtocolDoesNotHave) {
  const std::tuple<const char*, int, int, const char*> cases[] = {
      {"", -1, -1, "protocol: is required"},
      {"tpc", -1, -1,
       "protocol: \"tpc\" must be \"tcp\", \"udp\", \"icmp\", \"icmpv6\", \"-1\" or a number from "
       "0 to 255"},
      {"256", -1, -1,
       "protocol: \"256\" must be \"tcp\", \"udp\", \"icmp\", \"icmpv6\", \"-1\" or a number from "
       "0 to 255"},
      {"tcp", -1, 80, "fromPort: -1 must be from 0 to 65535 for protocol \"tcp\""},
      {"udp", 53, 65536, "toPort: 65536 must be from 0 to 65535 for protocol \"udp\""},
      {"tcp", 90, 80, "toPort: 80 must not be below fromPort, 90"},
      {"icmp", 256, 0, "fromPort: 256 must be from -1 to 255 for protocol \"icmp\""},
      {"-1", 80, -1, "fromPort: 80 must be from -1 to -1 for protocol \"-1\""},
      {"47", -1, 1, "toPort: 1 must be from -1 to -1 for protocol \"47\""},
  };
  for (const auto& [protocol, from, to, why] : cases) {
    Json body = group_json();
    body["egress"][0] = {{"protocol", protocol}, {"fromPort", from}, {"toPort", to}};

    auto group = decode<SecurityGroup>(body);

    ASSERT_FALSE(group) << why;
    EXPECT_EQ(group.error().message, "securityGroup.egress[0]." + std::string(why));
  }
}

TEST(SecurityGroupRule, IsRefusedWithSourcesThatNobodyCanBe) {
  const std::tuple<const char*, const char*, const char*> cases[] = {
      {"cidrs", "10.0.0.0", "cidrs[0]: \"10.0.0.0\" must be an address with its prefix length"},
      {"cidrs", "fd00::/129", "cidrs[0]: \"fd00::/129\" must be an address with its prefix length"},
      {"cidrs", "10.0.0.0/8x",
       "cidrs[0]: \"10.0.0.0/8x\" must be an address with its prefix length"},
      {"groupIds", "", "groupIds[0]: \"\" must be the id of a group"},
  };
  for (const auto& [member, value, why] : cases) {
    Json body = group_json();
    body["ingress"][0][member] = {value};

    auto group = decode<SecurityGroup>(body);

    ASSERT_FALSE(group) << why;
    EXPECT_EQ(group.error().message, "securityGroup.ingress[0]." + std::string(why));
  }
}

TEST(BerthInterface, TravelsWithItsElasticNetworkInterface) {
  auto eni = decode<ElasticNetworkInterface>(eni_json());

  ASSERT_TRUE(eni) << eni.error();
  ASSERT_TRUE(eni->berth);
  EXPECT_EQ(eni->berth->subnet_id, "subnet-lab");
  EXPECT_EQ(eni->gateway_ipv6, "fd00::1/64");
  EXPECT_EQ(encode(*eni), eni_json());
}

TEST(BerthInterface, IsRefusedWithAGroupThatIsNotTold) {
  Json body = eni_json();
  body["berth"]["securityGroupIds"] = {"sg-1", "sg-9"};

  auto eni = decode<ElasticNetworkInterface>(body);

  ASSERT_FALSE(eni);
  EXPECT_EQ(eni.error().message,
            "elasticNetworkInterface.berth.securityGroupIds: \"sg-9\" must be among "
            "securityGroups");
}

TEST(ElasticNetworkInterface, IsRefusedWithAnIpv6GatewayThatIsNone) {
  Json body = eni_json();
  for (const char* gateway : {"fd00::1", "10.213.1.1/24", "fd00::1/200"}) {
    body["subnetGatewayIpv6Address"] = gateway;

    auto eni = decode<ElasticNetworkInterface>(body);

    ASSERT_FALSE(eni) << gateway;
    EXPECT_EQ(eni.error().message, "elasticNetworkInterface.subnetGatewayIpv6Address: \"" +
                                       std::string(gateway) +
                                       "\" must be an address with its prefix length");
  }
  body.erase("subnetGatewayIpv6Address");
  EXPECT_TRUE(decode<ElasticNetworkInterface>(body));
}

}  // namespace
}  // namespace berth::protocol
