// redirection_test.cpp - a proxy's table as text.
#include "firewall/redirection.hpp"

#include <gmock/gmock.h>

namespace berth::firewall {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(TextOfARedirection, HasTheRulesInTheirOrder) {
  Redirection redirection;
  redirection.ignored_uid = 1337;
  redirection.ignored_gid = 7;
  redirection.ingress_port = 15000;
  redirection.ports_in = {80, 8080};
  redirection.egress_port = 15001;
  redirection.ignored_ports = {22, 25};
  redirection.ignored_blocks = {"169.254.170.2", "10.1.2.3/8", "fd00:ec2::254", "2001:db8::/32",
                                "::/0"};

  EXPECT_EQ(*text_of(redirection),
            "table inet berth-proxy {\n"
            "  chain ingress {\n"
            "    type nat hook prerouting priority -100; policy accept;\n"
            "    fib saddr type != local tcp dport { 80, 8080 } redirect to :15000\n"
            "  }\n"
            "  chain egress {\n"
            "    type nat hook output priority -100; policy accept;\n"
            "    fib daddr type local return\n"
            "    meta skuid 1337 return\n"
            "    meta skgid 7 return\n"
            "    tcp dport { 22, 25 } return\n"
            "    ip daddr 169.254.170.2 return\n"
            "    ip daddr 10.0.0.0/8 return\n"
            "    ip6 daddr fd00:ec2::254 return\n"
            "    ip6 daddr 2001:db8::/32 return\n"
            "    meta nfproto ipv6 return\n"
            "    meta l4proto tcp redirect to :15001\n"
            "  }\n}\n");
}

TEST(TextOfARedirection, HasNoWordOfWhatIsNotAskedFor) {
  Redirection redirection;
  redirection.ignored_gid = 7;
  redirection.egress_port = 15001;

  const std::string text = *text_of(redirection);

  EXPECT_THAT(text, Not(HasSubstr("prerouting")));
  EXPECT_THAT(text, Not(HasSubstr("skuid")));
  EXPECT_THAT(text, Not(HasSubstr("tcp dport")));
}

TEST(TextOfARedirection, TakesNothingButBlocks) {
  for (const char* block : {"10.0.0.0/33", "web", "1.1.1.1 accept", ""}) {
    Redirection redirection;
    redirection.egress_port = 15001;
    redirection.ignored_blocks = {block};
    EXPECT_TRUE(text_of(redirection).failed_with(Errc::Invalid)) << block;
  }
}

}  // namespace
}  // namespace berth::firewall
