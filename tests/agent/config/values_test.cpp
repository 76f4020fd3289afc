// values_test.cpp - texts of settings as values.
#include "agent/config/values.hpp"

#include <gtest/gtest.h>

namespace berth::config {

TEST(ParseBool, TakesGosSpellings) {
  for (const char* text : {"1", "t", "T", "true", "TRUE", "True"}) EXPECT_TRUE(*parse_bool(text));
  for (const char* text : {"0", "f", "F", "false", "FALSE", "False"}) {
    EXPECT_FALSE(*parse_bool(text));
  }
  for (const char* text : {"yes", "tRUE", "", "on", "2"}) EXPECT_FALSE(parse_bool(text)) << text;
}

TEST(ParsePorts, TakesJsonArraysOfPorts) {
  EXPECT_EQ(*parse_ports("[22, 65535,0]"), (std::vector<std::uint16_t>{22, 65535, 0}));
  EXPECT_TRUE(parse_ports("[]")->empty());
  EXPECT_EQ(show_ports({22, 80}), "[22,80]");
  for (const char* text : {"22", "[65536]", "[-1]", "[\"22\"]", "[22", "", "[22.5]", "{}"}) {
    EXPECT_FALSE(parse_ports(text)) << text;
  }
}

TEST(ParseTextMap, TakesJsonObjectsOfTexts) {
  EXPECT_EQ(*parse_text_map("{\"a\":\"b\",\"c\":\"\"}"),
            (std::map<std::string, std::string>{{"a", "b"}, {"c", ""}}));
  EXPECT_EQ(show_text_map({}), "{}");
  EXPECT_EQ(show_text_map({{"a", "b"}}), "{\"a\":\"b\"}");
  for (const char* text : {"[]", "{\"a\":1}", "{\"a\"}", "", "\"a\""}) {
    EXPECT_FALSE(parse_text_map(text)) << text;
  }
}

TEST(ParsePath, TakesPlainAbsolutePaths) {
  EXPECT_EQ(*parse_path("/run/berth"), "/run/berth");
  EXPECT_EQ(*parse_path("/run/berth//"), "/run/berth");
  EXPECT_EQ(*parse_path("/"), "/");
  EXPECT_EQ(*parse_path("/a/...b"), "/a/...b");
  for (const char* text : {"", "run", "/a/../b", "/a/.", "/a//b", "./a"}) {
    EXPECT_FALSE(parse_path(text)) << text;
  }
  EXPECT_TRUE(parse_path("/123456789", 10));
  EXPECT_FALSE(parse_path("/123456789", 9));
}

TEST(ParseIdentifier, FollowsContainerd) {
  for (const char* text : {"berth", "berth-2", "a.b_c-d", "0"}) {
    EXPECT_TRUE(parse_identifier(text)) << text;
  }
  for (const std::string& text :
       {std::string(), std::string("-a"), std::string("a-"), std::string("a--b"),
        std::string("a/b"), std::string("a b"), std::string(77, 'a')}) {
    EXPECT_FALSE(parse_identifier(text)) << text;
  }
}

TEST(ParseSubnet, TakesNetworksOfBearableSize) {
  for (const char* text : {"10.0.0.0/8", "10.88.0.0/20", "192.168.7.8/29"}) {
    EXPECT_TRUE(parse_subnet(text)) << text;
  }
  for (const char* text :
       {"", "10.88.0.0", "10.88.0.1/20", "10.0.0.0/7", "10.0.0.0/30", "fd00::/64", "10.88.0.0/x"}) {
    EXPECT_FALSE(parse_subnet(text)) << text;
  }
}

TEST(ParseAddresses, TakesAllOrAList) {
  EXPECT_TRUE(parse_addresses("all")->empty());
  EXPECT_EQ(*parse_addresses("192.0.2.1,::1"), (std::vector<std::string>{"192.0.2.1", "::1"}));
  for (const char* text : {"", ",", "everywhere", "192.0.2.1,", "192.0.2.1, ::1"}) {
    const auto parsed = parse_addresses(text);
    const bool is_shown_again = parsed && show_addresses(*parsed) == text;
    EXPECT_FALSE(is_shown_again) << text;
  }
}

TEST(ParsePortRange, WantsTheSmallerPortFirst) {
  EXPECT_EQ(*parse_port_range("49153-65535"), (PortRange{49153, 65535}));
  EXPECT_EQ(*parse_port_range("80-80"), (PortRange{80, 80}));
  for (const char* text : {"", "80", "0-80", "90-80", "80-65536", "a-b", "80-90-100"}) {
    EXPECT_FALSE(parse_port_range(text)) << text;
  }
}

TEST(ParseBaseUrl, AddsAScheme) {
  EXPECT_EQ(*parse_base_url("ecs.example.com"), "https://ecs.example.com");
  EXPECT_EQ(*parse_base_url("127.0.0.1:8180/"), "https://127.0.0.1:8180");
  EXPECT_EQ(*parse_base_url("http://127.0.0.1:8180"), "http://127.0.0.1:8180");
  for (const char* text : {"", "/", "ftp://x", "http://", "https:///x", "http://:80", "a b",
                           "https://user:secret@host"}) {
    EXPECT_FALSE(parse_base_url(text)) << text;
  }
}

TEST(EcsUrlOf, KnowsThePartitions) {
  EXPECT_EQ(ecs_url_of("us-east-1"), "https://ecs.us-east-1.amazonaws.com");
  EXPECT_EQ(ecs_url_of("us-gov-west-1"), "https://ecs.us-gov-west-1.amazonaws.com");
  EXPECT_EQ(ecs_url_of("cn-north-1"), "https://ecs.cn-north-1.amazonaws.com.cn");
  EXPECT_EQ(ecs_url_of("us-iso-east-1"), "https://ecs.us-iso-east-1.c2s.ic.gov");
  EXPECT_EQ(ecs_url_of("us-isob-east-1"), "https://ecs.us-isob-east-1.sc2s.sgov.gov");
  EXPECT_EQ(ecs_url_of("eusc-de-east-1"), "https://ecs.eusc-de-east-1.amazonaws.eu");
}

TEST(IsOfAws, KnowsNamesOfEachPartition) {
  for (const char* url :
       {"https://ecs.us-east-1.amazonaws.com", "https://ECS.US-EAST-1.AMAZONAWS.COM:443/",
        "https://ecs.cn-north-1.amazonaws.com.cn", "https://ecs.us-east-1.api.aws",
        "https://vpce-1.ecs.eu-west-1.vpce.amazonaws.com/x"}) {
    EXPECT_TRUE(is_of_aws(url)) << url;
  }
  for (const char* url : {"http://127.0.0.1:5000", "https://lab.home",
                          "https://amazonaws.com.x.org", "https://notamazonaws.com",
                          "https://lab/ecs.us-east-1.amazonaws.com", "amazonaws.com", ""}) {
    EXPECT_FALSE(is_of_aws(url)) << url;
  }
}

}  // namespace berth::config
