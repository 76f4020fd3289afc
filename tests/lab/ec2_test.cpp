// ec2_test.cpp - the calls of the EC2 API over HTTP: groups, rules, subnets, interfaces.
#include <gtest/gtest.h>

#include "tests/fakes/own_netns.hpp"
#include "tests/lab/fake_agent.hpp"
#include "tests/lab/lab_under_test.hpp"

namespace berth::lab {
namespace {

using namespace berth::testing;

const auto* const ec2_netns = OwnNetns::for_this_program();

class Ec2Test : public ::testing::Test {
 protected:
  Ec2Test() {
    under_test.start();
    group = under_test.make_group("web");
  }

  Ec2Answered ask(const std::string& form) { return under_test.ask_ec2(form); }
  void expect_refused(const std::string& form, const std::string& code, const std::string& message,
                      int status = 400) {
    const Ec2Answered answered = under_test.ec2(form);
    EXPECT_EQ(answered.code(), code) << form << ": " << answered.message();
    EXPECT_NE(answered.message().find(message), std::string::npos)
        << form << ": " << answered.message();
    EXPECT_EQ(answered.status, status) << form;
  }
  /// "Action=<action>&GroupId=<the group>&<more>".
  std::string on_group(const std::string& action, const std::string& more = "") const {
    return "Action=" + action + "&GroupId=" + group + "&" + more;
  }
  boost::property_tree::ptree described() {
    return ask("Action=DescribeSecurityGroups&GroupId.1=" + group)
        .body.get_child("securityGroupInfo.item");
  }
  /// An awsvpc task in that subnet with the group, on an instance that is connected.
  std::string run_in(const std::string& subnet) {
    agent = std::make_unique<FakeAgent>(*under_test.loop, under_test.port, under_test.keys);
    agent->join();
    EXPECT_EQ(agent->connect(), "");
    return under_test.run_one(
        {{"networkMode", "awsvpc"}},
        {{"networkConfiguration",
          {{"awsvpcConfiguration", {{"subnets", {subnet}}, {"securityGroups", {group}}}}}}});
  }
  void stop(const std::string& task) {
    under_test.ask("StopTask", {{"task", task}});
    under_test.await_status(task, "STOPPED");
  }

  LabUnderTest under_test;
  std::unique_ptr<FakeAgent> agent;
  std::string group;
};

TEST_F(Ec2Test, ShowsANewGroupWithOpenEgress) {
  const auto shown = described();

  EXPECT_EQ(shown.get("groupName", ""), "web");
  EXPECT_EQ(shown.get("groupDescription", ""), "d");
  EXPECT_EQ(shown.get("vpcId", ""), "vpc-lab");
  EXPECT_EQ(shown.get("ownerId", ""), "123456789012");
  EXPECT_TRUE(shown.get_child("ipPermissions").empty());
  const auto& egress = shown.get_child("ipPermissionsEgress.item");
  EXPECT_EQ(egress.get("ipProtocol", ""), "-1");
  EXPECT_FALSE(egress.count("fromPort"));
  EXPECT_EQ(egress.get("ipRanges.item.cidrIp", ""), "0.0.0.0/0");
  EXPECT_EQ(egress.get("ipv6Ranges.item.cidrIpv6", ""), "::/0");
}

TEST_F(Ec2Test, HasADefaultGroupThatStays) {
  const auto shown = ask("Action=DescribeSecurityGroups&GroupName.1=default")
                         .body.get_child("securityGroupInfo.item");

  EXPECT_EQ(shown.get("groupId", ""), "sg-lab");
  EXPECT_EQ(shown.get("ipPermissions.item.groups.item.groupId", ""), "sg-lab");
  expect_refused("Action=DeleteSecurityGroup&GroupId=sg-lab", "CannotDelete",
                 "the specified group: \"sg-lab\" name: \"default\" cannot be deleted by a user");
}

TEST_F(Ec2Test, RefusesGroupsAsEc2Does) {
  const std::string make = "Action=CreateSecurityGroup&GroupDescription=d&GroupName=";
  expect_refused(make + "web", "InvalidGroup.Duplicate",
                 "The security group 'web' already exists for VPC 'vpc-lab'");
  expect_refused(make + "sg-x", "InvalidParameterValue", "may not be in the format sg-*");
  expect_refused(
      make + "%C3%A9", "InvalidParameterValue",
      "Value (\xc3\xa9) for parameter GroupName is invalid. Valid are up to 255 letters");
  expect_refused(make + std::string(256, 'a'), "InvalidParameterValue", "up to 255 letters");
  expect_refused(make, "MissingParameter", "GroupName");
  expect_refused("Action=CreateSecurityGroup&GroupName=a", "MissingParameter", "GroupDescription");
  expect_refused(make + "a&VpcId=vpc-1", "InvalidVpcID.NotFound", "'vpc-1' does not exist");
  expect_refused(make + "a&TagSpecification.1.ResourceType=subnet", "InvalidParameterValue",
                 "'subnet' is not a valid taggable resource type");
  expect_refused(make + "a&DryRun=true", "DryRunOperation", "would have succeeded", 412);
  expect_refused("Action=DescribeSecurityGroups&GroupId.1=sg-1", "InvalidGroup.NotFound",
                 "The security group 'sg-1' does not exist");
  expect_refused("Action=DescribeSecurityGroups&GroupName.1=x", "InvalidGroup.NotFound",
                 "The security group 'x' does not exist in default VPC 'vpc-lab'");
  expect_refused("Action=DescribeSecurityGroups&Filter.1.Name=colour", "InvalidParameterValue",
                 "The filter 'colour' is invalid");
  expect_refused("Action=DescribeSecurityGroups&GroupId=sg-1", "InvalidParameterValue",
                 "The parameter GroupId must be a list");
  expect_refused("Action=DeleteSecurityGroup", "MissingParameter", "GroupName or GroupId");
  expect_refused("Action=RunInstances", "InvalidAction", "RunInstances");
}

TEST_F(Ec2Test, RefusesWhatIsSignedWrongly) {
  const Ec2Answered answered =
      call_ec2(*under_test.loop, under_test.port, {"AKIATEST", "wrong"}, "Action=DescribeVpcs");

  EXPECT_EQ(answered.status, 401);
  EXPECT_EQ(answered.code(), "AuthFailure");
  EXPECT_FALSE(answered.text("RequestID").empty());
}

TEST_F(Ec2Test, FindsGroupsByFilter) {
  const std::string tagged =
      ask("Action=CreateSecurityGroup&GroupDescription=d&GroupName=db"
          "&TagSpecification.1.ResourceType=security-group&TagSpecification.1.Tag.1.Key=Name"
          "&TagSpecification.1.Tag.1.Value=a%3Cb")
          .text("groupId");
  const std::pair<const char*, std::size_t> cases[] = {
      {"Filter.1.Name=group-name&Filter.1.Value.1=db", 1},
      {"Filter.1.Name=group-name&Filter.1.Value.1=d*", 2},  // default, too
      {"Filter.1.Name=group-name&Filter.1.Value.1=db&Filter.1.Value.2=web", 2},
      {"Filter.1.Name=vpc-id&Filter.1.Value.1=vpc-lab", 3},
      {"Filter.1.Name=vpc-id&Filter.1.Value.1=vpc-1", 0},
      {"Filter.1.Name=tag:Name&Filter.1.Value.1=a%3Cb", 1},
      {"Filter.1.Name=tag-key&Filter.1.Value.1=Name", 1},
      {"Filter.1.Name=tag:Name&Filter.1.Value.1=a%3Cb&Filter.2.Name=group-name"
       "&Filter.2.Value.1=web",
       0},
      {"GroupName.1=db&GroupName.2=web", 2},
  };
  for (const auto& [form, count] : cases) {
    const Ec2Answered found = ask("Action=DescribeSecurityGroups&" + std::string(form));
    EXPECT_EQ(found.body.get_child("securityGroupInfo").size(), count) << form;
  }
  const auto shown = ask("Action=DescribeSecurityGroups&GroupId.1=" + tagged);
  EXPECT_EQ(shown.text("securityGroupInfo.item.tagSet.item.value"), "a<b");
}

TEST_F(Ec2Test, AuthorisesShowsAndRevokesRules) {
  const std::string rules =
      "IpPermissions.1.IpProtocol=TCP&IpPermissions.1.FromPort=80&IpPermissions.1.ToPort=90"
      "&IpPermissions.1.IpRanges.1.CidrIp=10.1.2.3/8&IpPermissions.1.IpRanges.1.Description=why"
      "&IpPermissions.1.Ipv6Ranges.1.CidrIpv6=fd00::/8"
      "&IpPermissions.1.Groups.1.GroupId=" +
      group;

  const Ec2Answered made = ask(on_group("AuthorizeSecurityGroupIngress", rules));

  EXPECT_EQ(made.text("return"), "true");
  EXPECT_EQ(made.body.get_child("securityGroupRuleSet").size(), 3u);
  EXPECT_EQ(made.text("securityGroupRuleSet.item.cidrIpv4"), "10.0.0.0/8");
  EXPECT_EQ(made.text("securityGroupRuleSet.item.isEgress"), "false");
  const auto shown = described().get_child("ipPermissions");
  ASSERT_EQ(shown.size(), 1u);
  EXPECT_EQ(shown.get("item.ipProtocol", ""), "tcp");
  EXPECT_EQ(shown.get("item.fromPort", 0), 80);
  EXPECT_EQ(shown.get("item.toPort", 0), 90);
  EXPECT_EQ(shown.get("item.ipRanges.item.cidrIp", ""), "10.0.0.0/8");
  EXPECT_EQ(shown.get("item.ipRanges.item.description", ""), "why");
  EXPECT_EQ(shown.get("item.ipv6Ranges.item.cidrIpv6", ""), "fd00::/8");
  EXPECT_EQ(shown.get("item.groups.item.groupId", ""), group);

  const std::string rule = made.text("securityGroupRuleSet.item.securityGroupRuleId");
  ask(on_group("RevokeSecurityGroupIngress", "SecurityGroupRuleId.1=" + rule));
  EXPECT_TRUE(described().get_child("ipPermissions.item.ipRanges").empty());
  ask(on_group("RevokeSecurityGroupIngress",
               "IpProtocol=tcp&FromPort=80&ToPort=90"
               "&SourceSecurityGroupName=web"));
  expect_refused(on_group("RevokeSecurityGroupIngress",
                          "IpProtocol=tcp&FromPort=80&ToPort=90&CidrIp=10.0.0.0/8"),
                 "InvalidPermission.NotFound", "peer: 10.0.0.0/8, protocol: tcp, from port: 80");
  EXPECT_EQ(described().get_child("ipPermissions").size(), 1u);
}

TEST_F(Ec2Test, ClosesEgress) {
  ask(on_group("RevokeSecurityGroupEgress",
               "IpPermissions.1.IpProtocol=-1&IpPermissions.1.IpRanges.1.CidrIp=0.0.0.0/0"
               "&IpPermissions.1.Ipv6Ranges.1.CidrIpv6=::/0"));
  ask(on_group("AuthorizeSecurityGroupEgress",
               "IpPermissions.1.IpProtocol=58&IpPermissions.1.Ipv6Ranges.1.CidrIpv6=::/0"));

  const auto egress = described().get_child("ipPermissionsEgress");
  ASSERT_EQ(egress.size(), 1u);
  EXPECT_EQ(egress.get("item.ipProtocol", ""), "icmpv6");
  EXPECT_EQ(egress.get("item.fromPort", 0), -1);
}

TEST_F(Ec2Test, RefusesRulesAsEc2Does) {
  const std::string web = "IpProtocol=tcp&FromPort=80&ToPort=80&CidrIp=10.0.0.0/8";
  const std::string allow = "AuthorizeSecurityGroupIngress";
  ask(on_group(allow, web));
  expect_refused(on_group(allow, web), "InvalidPermission.Duplicate",
                 "the specified rule \"peer: 10.0.0.0/8, protocol: tcp, from port: 80, to port: "
                 "80, ALLOW\" already exists");
  const std::tuple<const char*, const char*, const char*> cases[] = {
      {"", "MissingParameter", "ipPermissions"},
      {"IpProtocol=tcp&FromPort=80&ToPort=80", "MissingParameter", "ipRanges"},
      {"IpProtocol=tpc&CidrIp=10.0.0.0/8", "InvalidParameterValue",
       "Invalid value 'tpc' for IP protocol. Unknown protocol."},
      {"IpProtocol=256&CidrIp=10.0.0.0/8", "InvalidParameterValue", "Unknown protocol"},
      {"IpProtocol=tcp&CidrIp=10.0.0.0/8", "InvalidParameterValue", "both from and to ports"},
      {"IpProtocol=tcp&FromPort=90&ToPort=80&CidrIp=10.0.0.0/8", "InvalidParameterValue",
       "Invalid value '90-80' for portRange"},
      {"IpProtocol=udp&FromPort=0&ToPort=65536&CidrIp=10.0.0.0/8", "InvalidParameterValue",
       "Must be from 0 to 65535"},
      {"IpProtocol=icmp&FromPort=256&ToPort=-1&CidrIp=10.0.0.0/8", "InvalidParameterValue",
       "Must be from -1 to 255"},
      {"IpProtocol=tcp&FromPort=x&ToPort=80&CidrIp=10.0.0.0/8", "InvalidParameterValue",
       "Value (x) for parameter FromPort is invalid"},
      {"IpProtocol=-1&CidrIp=10.0.0.0/33", "InvalidParameterValue",
       "CIDR block 10.0.0.0/33 is malformed"},
      {"IpProtocol=-1&CidrIp=::/0", "InvalidParameterValue", "CIDR block ::/0 is malformed"},
      {"IpProtocol=-1&SourceSecurityGroupName=no", "InvalidGroup.NotFound", "'no' does not exist"},
      {"IpPermissions.1.IpProtocol=-1&IpPermissions.1.PrefixListIds.1.PrefixListId=pl-1",
       "InvalidPrefixListId.NotFound", "no prefix lists"},
      {"IpProtocol=-1&CidrIp=172.16.0.0/12&DryRun=maybe", "InvalidParameterValue", "true or false"},
  };
  for (const auto& [form, code, message] : cases) {
    expect_refused(on_group(allow, form), code, message);
  }
  expect_refused(on_group(allow, "IpProtocol=-1&CidrIp=172.16.0.0/12&DryRun=true"),
                 "DryRunOperation", "would have succeeded", 412);
  expect_refused(on_group("RevokeSecurityGroupIngress"), "MissingParameter", "ipPermissions");
  expect_refused(on_group("RevokeSecurityGroupIngress", "SecurityGroupRuleId.1=sgr-1"),
                 "InvalidSecurityGroupRuleId.NotFound", "'sgr-1' does not exist");
  EXPECT_EQ(described().get_child("ipPermissions").size(), 1u);
}

TEST_F(Ec2Test, MakesSubnetsBesideTheFirst) {
  const Ec2Answered made =
      ask("Action=CreateSubnet&VpcId=vpc-lab&CidrBlock=10.9.1.2/20&Ipv6CidrBlock=fd01::/56"
          "&TagSpecification.1.ResourceType=subnet&TagSpecification.1.Tag.1.Key=Name"
          "&TagSpecification.1.Tag.1.Value=second");
  const std::string id = made.text("subnet.subnetId");

  EXPECT_EQ(made.text("subnet.cidrBlock"), "10.9.0.0/20");
  EXPECT_EQ(made.text("subnet.ipv6CidrBlockAssociationSet.item.ipv6CidrBlock"), "fd01::/56");
  EXPECT_EQ(made.text("subnet.availableIpAddressCount"), std::to_string(16 * 253));
  EXPECT_EQ(made.text("subnet.tagSet.item.value"), "second");
  EXPECT_EQ(ask("Action=DescribeSubnets").body.get_child("subnetSet").size(), 2u);
  EXPECT_EQ(ask("Action=DescribeSubnets&Filter.1.Name=tag:Name&Filter.1.Value.1=second")
                .text("subnetSet.item.subnetId"),
            id);
  EXPECT_EQ(ask("Action=DescribeSubnets&Filter.1.Name=default-for-az&Filter.1.Value.1=true")
                .text("subnetSet.item.subnetId"),
            "subnet-lab");
  EXPECT_EQ(ask("Action=DescribeVpcs").text("vpcSet.item.vpcId"), "vpc-lab");

  ask("Action=DeleteSubnet&SubnetId=" + id);
  expect_refused("Action=DescribeSubnets&SubnetId.1=" + id, "InvalidSubnetID.NotFound",
                 "The subnet ID '" + id + "' does not exist");
}

TEST_F(Ec2Test, RefusesSubnetsAsEc2Does) {
  const std::string make = "Action=CreateSubnet&VpcId=vpc-lab&";
  const std::tuple<const char*, const char*, const char*> cases[] = {
      {"", "MissingParameter", "cidrBlock"},
      {"Ipv6Native=true", "MissingParameter", "ipv6CidrBlock"},
      {"Ipv6Native=true&CidrBlock=10.1.0.0/16", "InvalidParameterCombination", "ipv6Native"},
      {"CidrBlock=10.1.0.0", "InvalidParameterValue",
       "Value (10.1.0.0) for parameter cidrBlock is invalid. This is not a valid CIDR block."},
      {"CidrBlock=fd01::/56", "InvalidParameterValue", "not a valid CIDR block"},
      {"CidrBlock=8.8.0.0/16", "InvalidSubnet.Range", "The CIDR '8.8.0.0/16' is invalid."},
      {"CidrBlock=10.1.0.0/29", "InvalidSubnet.Range", "must be from 8 to 28"},
      {"CidrBlock=10.1.0.0/16&Ipv6CidrBlock=fe80::/64", "InvalidSubnet.Range", "'fe80::/64'"},
      {"CidrBlock=10.213.4.0/24", "InvalidSubnet.Conflict",
       "The CIDR '10.213.4.0/24' conflicts with another subnet, subnet-lab"},
      {"CidrBlock=10.0.0.0/8", "InvalidSubnet.Conflict", "conflicts with another subnet"},
  };
  for (const auto& [form, code, message] : cases) expect_refused(make + form, code, message);
  expect_refused(make + "CidrBlock=10.1.0.0/16&DryRun=true", "DryRunOperation", "succeeded", 412);
  expect_refused("Action=CreateSubnet&VpcId=vpc-1&CidrBlock=10.1.0.0/16", "InvalidVpcID.NotFound",
                 "vpc-1");
  expect_refused("Action=DeleteSubnet&SubnetId=subnet-lab", "OperationNotPermitted", "--subnet");
  EXPECT_EQ(ask("Action=DescribeSubnets").body.get_child("subnetSet").size(), 1u);
}

TEST_F(Ec2Test, GivesATaskWithIpv6AloneItsAddress) {
  const std::string subnet =
      ask("Action=CreateSubnet&VpcId=vpc-lab&Ipv6Native=true&Ipv6CidrBlock=fd01::/64")
          .text("subnet.subnetId");

  const std::string task = run_in(subnet);

  const Json shown = under_test.described(task);
  std::map<std::string, std::string> details;
  for (const auto& one : shown["attachments"][0]["details"]) details[one["name"]] = one["value"];
  EXPECT_EQ(details["ipv6Address"], "fd01::2");
  EXPECT_EQ(details["subnetId"], subnet);
  EXPECT_FALSE(details.contains("privateIPv4Address"));
  EXPECT_EQ(details["privateDnsName"], details["networkInterfaceId"] + ".lab.internal");
  const auto attach = protocol::decode<protocol::AttachTaskNetworkInterfacesMessage>(
      agent->next<protocol::AttachTaskNetworkInterfacesMessage>());
  ASSERT_TRUE(attach) << attach.error();
  EXPECT_TRUE(attach->enis.at(0).ipv4.empty());
  EXPECT_EQ(attach->enis.at(0).gateway_ipv6, "fd01::1/112");
}

TEST_F(Ec2Test, ShowsInterfacesOfTasksAndKeepsWhatTheyUse) {
  const std::string subnet =
      ask("Action=CreateSubnet&VpcId=vpc-lab&CidrBlock=10.9.0.0/20").text("subnet.subnetId");
  const std::string other = under_test.make_group("other");
  ask("Action=AuthorizeSecurityGroupIngress&GroupId=" + other +
      "&IpProtocol=-1&SourceSecurityGroupName=web");
  const std::string task = run_in(subnet);

  const Ec2Answered found =
      ask("Action=DescribeNetworkInterfaces&Filter.1.Name=group-id&Filter.1.Value.1=" + group);
  const std::string id = found.text("networkInterfaceSet.item.networkInterfaceId");
  EXPECT_EQ(found.text("networkInterfaceSet.item.subnetId"), subnet);
  EXPECT_EQ(found.text("networkInterfaceSet.item.privateIpAddress"), "10.9.0.2");
  EXPECT_EQ(found.text("networkInterfaceSet.item.groupSet.item.groupName"), "web");
  EXPECT_EQ(ask("Action=DescribeNetworkInterfaces&NetworkInterfaceId.1=" + id)
                .body.get_child("networkInterfaceSet")
                .size(),
            1u);
  expect_refused("Action=DescribeNetworkInterfaces&NetworkInterfaceId.1=eni-1",
                 "InvalidNetworkInterfaceID.NotFound", "'eni-1' does not exist");
  expect_refused("Action=DeleteSubnet&SubnetId=" + subnet, "DependencyViolation",
                 "has dependencies and cannot be deleted");
  expect_refused(on_group("DeleteSecurityGroup"), "DependencyViolation",
                 "resource " + group + " has a dependent object");

  stop(task);
  expect_refused(on_group("DeleteSecurityGroup"), "DependencyViolation", "dependent object");
  ask("Action=DeleteSecurityGroup&GroupName=other");
  ask(on_group("DeleteSecurityGroup"));
  ask("Action=DeleteSubnet&SubnetId=" + subnet);
  EXPECT_EQ(ask("Action=DescribeNetworkInterfaces").body.get_child("networkInterfaceSet").size(),
            0u);
}

TEST_F(Ec2Test, KeepsEverythingOverARestart) {
  const std::string subnet =
      ask("Action=CreateSubnet&VpcId=vpc-lab&CidrBlock=10.9.0.0/20").text("subnet.subnetId");
  ask(on_group("AuthorizeSecurityGroupIngress",
               "IpProtocol=tcp&FromPort=80&ToPort=80&CidrIp=10.0.0.0/8"));
  const std::string task = run_in(subnet);
  const auto groups = ask("Action=DescribeSecurityGroups").body.get_child("securityGroupInfo");
  const auto subnets = ask("Action=DescribeSubnets").body.get_child("subnetSet");
  agent.reset();

  under_test.restart();

  EXPECT_EQ(ask("Action=DescribeSecurityGroups").body.get_child("securityGroupInfo"), groups);
  EXPECT_EQ(ask("Action=DescribeSubnets").body.get_child("subnetSet"), subnets);
  stop(task);
  // The block and the address were still known to be in use; now only the block is.
  EXPECT_EQ(ask("Action=DescribeSubnets&SubnetId.1=" + subnet)
                .text("subnetSet.item.availableIpAddressCount"),
            std::to_string(16 * 253));
}

}  // namespace
}  // namespace berth::lab
