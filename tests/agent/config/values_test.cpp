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

TEST(ParseInterface, FollowsTheKernel) {
  for (const char* text : {"berth0", "123456789012345", "br-lan"}) {
    EXPECT_TRUE(parse_interface(text)) << text;
  }
  for (const char* text : {"", ".", "..", "1234567890123456", "a/b", "a:1", "a b", "a%d"}) {
    EXPECT_FALSE(parse_interface(text)) << text;
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

}  // namespace berth::config
