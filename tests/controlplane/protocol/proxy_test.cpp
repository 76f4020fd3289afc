// proxy_test.cpp - properties of a proxyConfiguration, right and wrong.
#include "controlplane/protocol/proxy.hpp"

#include <gtest/gtest.h>

namespace berth::protocol {
namespace {

using Properties = std::map<std::string, std::string>;

const Properties kLeast{{"IgnoredUID", "1337"}, {"ProxyEgressPort", "15001"}};

Properties with(Properties properties, const Properties& more) {
  for (const auto& [name, value] : more) properties[name] = value;
  return properties;
}

std::string ports(int count) {
  std::string list;
  for (int port = 1; port <= count; ++port) list += (port > 1 ? "," : "") + std::to_string(port);
  return list;
}

TEST(ProxyProperties, AreReadAsUsersWriteThem) {
  const auto read = proxy_properties({{"IgnoredUID", "1337"},
                                      {"IgnoredGID", "0"},
                                      {"ProxyIngressPort", "15000"},
                                      {"ProxyEgressPort", "15001"},
                                      {"AppPorts", "9080, 9081"},
                                      {"EgressIgnoredPorts", "22"},
                                      {"EgressIgnoredIPs", "169.254.170.2,10.0.0.0/8,fd00::/8"}});

  ASSERT_TRUE(read) << read.error();
  ProxyProperties wanted;
  wanted.ignored_uid = 1337;
  wanted.ignored_gid = 0;
  wanted.ingress_port = 15000;
  wanted.egress_port = 15001;
  wanted.app_ports = {9080, 9081};
  wanted.egress_ignored_ports = {22};
  wanted.egress_ignored_ips = {"169.254.170.2", "10.0.0.0/8", "fd00::/8"};
  EXPECT_EQ(*read, wanted);
}

TEST(ProxyProperties, MayBeEmptyWhereTheyMayBeAbsent) {
  const auto read = proxy_properties(with(kLeast, {{"IgnoredGID", ""},
                                                   {"ProxyIngressPort", ""},
                                                   {"AppPorts", ""},
                                                   {"EgressIgnoredPorts", ""},
                                                   {"EgressIgnoredIPs", ""}}));

  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(*read, *proxy_properties(kLeast));
}

TEST(ProxyProperties, HaveTheirFirst15Ports) {
  const auto read =
      proxy_properties(with(kLeast, {{"ProxyIngressPort", "15000"}, {"AppPorts", ports(16)}}));

  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(read->app_ports.size(), 15U);
  EXPECT_EQ(read->app_ports.back(), 15);
  EXPECT_EQ(read->cut_short, std::vector<std::string>{"AppPorts"});
  EXPECT_TRUE(
      proxy_properties(with(kLeast, {{"EgressIgnoredPorts", ports(15)}}))->cut_short.empty());
}

TEST(ProxyProperties, AreRefusedByNameAndValue) {
  struct Case {
    Properties properties;
    const char* why;
  };
  const Case cases[] = {
      {{{"ProxyEgressPort", "15001"}},
       "IgnoredUID \"\": at least one of IgnoredUID and IgnoredGID is required"},
      {{{"IgnoredGID", "7"}}, "ProxyEgressPort \"\": is required"},
      {with(kLeast, {{"ProxyIngressPort", "15000"}}),
       "AppPorts \"\": is required with ProxyIngressPort"},
      {with(kLeast, {{"AppPorts", "80"}}), "ProxyIngressPort \"\": is required with AppPorts"},
      {with(kLeast, {{"IgnoredUID", "envoy"}}), "IgnoredUID \"envoy\": must be 0 to 4294967294"},
      {with(kLeast, {{"IgnoredGID", "4294967295"}}),
       "IgnoredGID \"4294967295\": must be 0 to 4294967294"},
      {with(kLeast, {{"ProxyEgressPort", "0"}}),
       "ProxyEgressPort \"0\": must be a port, 1 to 65535"},
      {with(kLeast, {{"EgressIgnoredPorts", "22,,80"}}),
       "EgressIgnoredPorts \"22,,80\": must be ports, 1 to 65535, with commas between"},
      {with(kLeast, {{"ProxyIngressPort", "15000"}, {"AppPorts", "80-90"}}),
       "AppPorts \"80-90\": must be ports, 1 to 65535, with commas between"},
      {with(kLeast, {{"EgressIgnoredIPs", "10.0.0.0/33"}}),
       "EgressIgnoredIPs \"10.0.0.0/33\": must be addresses or CIDR blocks with commas between"},
      {with(kLeast, {{"EgressIgnoredIPs", "1.1.1.1 } accept"}}),
       "EgressIgnoredIPs \"1.1.1.1 } accept\": must be addresses or CIDR blocks with commas "
       "between"},
      {with(kLeast, {{"Ports", "80"}}),
       "Ports \"80\": there is no such property; allowed are IgnoredUID, IgnoredGID, "
       "ProxyIngressPort, ProxyEgressPort, AppPorts, EgressIgnoredPorts, EgressIgnoredIPs"},
  };
  for (const Case& c : cases) {
    const auto read = proxy_properties(c.properties);
    ASSERT_FALSE(read) << c.why;
    EXPECT_EQ(read.error().message, std::string("proxyConfiguration.properties.") + c.why);
  }
}

}  // namespace
}  // namespace berth::protocol
