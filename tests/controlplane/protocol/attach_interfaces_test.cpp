// attach_interfaces_test.cpp - announced interfaces: what is read, and what is refused.
#include "controlplane/protocol/attach_interfaces.hpp"

#include <gtest/gtest.h>

#include <tuple>

#include "base/json.hpp"

namespace berth::protocol {
namespace {

Json attach_message() {
  return {{"messageId", "eni-1"},
          {"clusterArn", "arn:cluster"},
          {"containerInstanceArn", "arn:ci"},
          {"taskArn", "arn:task"},
          {"waitTimeoutMs", 300000},
          {"generatedAt", 1767225600000},
          {"elasticNetworkInterfaces",
           {{{"attachmentArn", "arn:a"},
             {"ec2Id", "eni-0abc"},
             {"macAddress", "02:11:22:33:44:55"},
             {"index", 0},
             {"interfaceAssociationProtocol", "default"},
             {"ipv4Addresses", {{{"primary", true}, {"privateAddress", "10.0.1.25"}}}},
             {"subnetGatewayIpv4Address", "10.0.1.1/24"},
             {"domainNameServers", {"10.0.0.2"}},
             {"domainName", {"eu-west-1.compute.internal"}},
             {"privateDnsName", "ip-10-0-1-25.eu-west-1.compute.internal"}}}}};
}

TEST(AttachTaskNetworkInterfaces, ComesBackUnchanged) {
  auto message = decode<AttachTaskNetworkInterfacesMessage>(attach_message());

  ASSERT_TRUE(message) << message.error();
  EXPECT_EQ(message->enis.at(0).ipv4.at(0), (InterfaceAddress{true, "10.0.1.25"}));
  EXPECT_EQ(encode(*message), attach_message());
}

TEST(AttachTaskNetworkInterfaces, IsRefusedWithoutWhatItsRulesAskFor) {
  const std::tuple<const char*, Json, const char*> cases[] = {
      {"messageId", nullptr, ".messageId: is required"},
      {"clusterArn", "", ".clusterArn: is required"},
      {"containerInstanceArn", nullptr, ".containerInstanceArn: is required"},
      {"taskArn", nullptr, ".taskArn: is required"},
      {"waitTimeoutMs", 0, ".waitTimeoutMs: 0 must be above 0"},
      {"elasticNetworkInterfaces", Json::array(),
       ".elasticNetworkInterfaces: at least one is required"},
      {"elasticNetworkInterfaces", Json::array({{{"ec2Id", "eni-1"}}}),
       ".elasticNetworkInterfaces[0].macAddress: is required"},
  };
  for (const auto& [member, value, why] : cases) {
    Json body = attach_message();
    body[member] = value;

    auto message = decode<AttachTaskNetworkInterfacesMessage>(body);

    ASSERT_FALSE(message) << why;
    EXPECT_EQ(message.error().message,
              std::string(AttachTaskNetworkInterfacesMessage::kType) + why);
  }
}

TEST(AttachTaskNetworkInterfaces, NeedsOnlyTheIpv6GatewayWithoutIpv4) {
  Json body = attach_message();
  Json& eni = body["elasticNetworkInterfaces"][0];
  eni.erase("ipv4Addresses");
  eni.erase("subnetGatewayIpv4Address");
  eni["ipv6Addresses"] = {{{"primary", true}, {"address", "fd00::5"}}};
  eni["subnetGatewayIpv6Address"] = "fd00::1/64";

  auto message = decode<AttachTaskNetworkInterfacesMessage>(body);

  ASSERT_TRUE(message) << message.error();
  EXPECT_EQ(encode(*message), body);
}

TEST(AttachTaskNetworkInterfaces, RefusesWhatAnInterfaceCannotBe) {
  const std::tuple<const char*, Json, const char*> cases[] = {
      {"ec2Id", nullptr, ".ec2Id: is required"},
      {"interfaceAssociationProtocol", "tunnel",
       ".interfaceAssociationProtocol: \"tunnel\" must be \"default\" or \"vlan\""},
      {"interfaceAssociationProtocol", "vlan",
       ".interfaceVlanProperties: is required for protocol \"vlan\""},
      {"ipv4Addresses", Json::array(), ".ipv4Addresses: at least one address is required"},
      {"subnetGatewayIpv4Address", nullptr,
       ".subnetGatewayIpv4Address: \"\" must be an address with its prefix length"},
      {"subnetGatewayIpv4Address", "10.0.1.1",
       ".subnetGatewayIpv4Address: \"10.0.1.1\" must be an address with its prefix length"},
  };
  for (const auto& [member, value, why] : cases) {
    Json body = attach_message();
    body["elasticNetworkInterfaces"][0][member] = value;

    auto message = decode<AttachTaskNetworkInterfacesMessage>(body);

    ASSERT_FALSE(message) << why;
    EXPECT_EQ(message.error().message,
              "AttachTaskNetworkInterfacesMessage.elasticNetworkInterfaces[0]" + std::string(why));
  }
}

TEST(AttachInstanceNetworkInterfaces, NamesNoTask) {
  Json body = attach_message();
  body.erase("taskArn");

  auto message = decode<AttachInstanceNetworkInterfacesMessage>(body);

  ASSERT_TRUE(message) << message.error();
  EXPECT_EQ(encode(*message), body);
}

TEST(AttachInstanceNetworkInterfaces, IsHeldToTheSameRules) {
  const std::tuple<const char*, Json, const char*> cases[] = {
      {"messageId", nullptr, ".messageId: is required"},
      {"clusterArn", "", ".clusterArn: is required"},
      {"containerInstanceArn", nullptr, ".containerInstanceArn: is required"},
      {"waitTimeoutMs", -1, ".waitTimeoutMs: -1 must be above 0"},
      {"elasticNetworkInterfaces", Json::array(),
       ".elasticNetworkInterfaces: at least one is required"},
  };
  for (const auto& [member, value, why] : cases) {
    Json body = attach_message();
    body[member] = value;

    auto message = decode<AttachInstanceNetworkInterfacesMessage>(body);

    ASSERT_FALSE(message) << why;
    EXPECT_EQ(message.error().message,
              std::string(AttachInstanceNetworkInterfacesMessage::kType) + why);
  }
}

}  // namespace
}  // namespace berth::protocol
