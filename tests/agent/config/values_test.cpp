// values_test.cpp - texts of settings as values.
#include "agent/config/values.hpp"

#include <gtest/gtest.h>

namespace berth::config {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

TEST(ParseDuration, ReadsWhatGoWrites) {
  const std::pair<const char*, nanoseconds> cases[] = {
      {"0", 0ns},
      {"10s", 10s},
      {"1h30m", 90min},
      {"1.5s", 1500ms},
      {"500ms", 500ms},
      {".5s", 500ms},
      {"5.s", 5s},
      {"-2s", -2s},
      {"+2s", 2s},
      {"1h2m3s4ms5us6ns", 1h + 2min + 3s + 4ms + 5us + 6ns},
      {"1\u00b5s", 1us},
      {"1\u03bcs", 1us},
      {"0.1h", 6min},
      {"0.333333333333333333h", 1199999999999ns},
      {"0.100000000000000000000h", 6min},
      {"2562047h47m16.854775807s", nanoseconds::max()},
  };
  for (const auto& [text, expected] : cases) {
    const auto parsed = parse_duration(text);

    ASSERT_TRUE(parsed) << text << ": " << parsed.error();
    EXPECT_EQ(*parsed, expected) << text;
  }
}

TEST(ParseDuration, RefusesEverythingElse) {
  for (const char* text : {"", "-", "+", "10", "s", ".s", "10 s", "1d", "1h-5m", "3000000h", "1e3s",
                           "0x1s", "2562047h47m16.854775808s", "99999999999999999999s", "10S"}) {
    EXPECT_TRUE(parse_duration(text).failed_with(Errc::Invalid)) << text;
  }
}

TEST(ShowDuration, WritesWhatGoWrites) {
  const std::pair<nanoseconds, const char*> cases[] = {
      {0ns, "0s"},        {1ns, "1ns"}, {1500ns, "1.5us"},    {500ms, "500ms"},
      {1500ms, "1.5s"},   {30s, "30s"}, {60s, "1m0s"},        {3h, "3h0m0s"},
      {90min, "1h30m0s"}, {-2s, "-2s"}, {61001ms, "1m1.001s"}};
  for (const auto& [duration, text] : cases) {
    EXPECT_EQ(show_duration(duration), text);
    EXPECT_EQ(*parse_duration(text), duration);
  }
}

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
