// names_test.cpp - which texts can be names.
#include "agent/inbox/names.hpp"

#include <gtest/gtest.h>

#include <string>

namespace berth::inbox {
namespace {

const std::string kHex(64, 'a');

TEST(IsImageName, TakesWhatARegistryServes) {
  for (const std::string& name :
       {std::string("busybox"), std::string("busybox:1"), std::string("my-app:latest"),
        std::string("library/nginx:1.27-alpine"), std::string("127.0.0.1:5000/web:1"),
        std::string("localhost/web"), std::string("[::1]:5000/a/b:x"), std::string("HOST/web"),
        std::string("123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/my-app:latest"),
        std::string("public.ecr.aws/appmesh/aws-appmesh-envoy:v1.27"), std::string("a__b/c---d"),
        "busybox@sha256:" + kHex, "127.0.0.1:5000/web:1@sha256:" + kHex, "sha256/" + kHex}) {
    EXPECT_TRUE(is_image_name(name)) << name;
  }
}

TEST(IsImageName, RefusesWhatNoneWould) {
  for (const std::string& name : {std::string(""),
                                  std::string("Web"),
                                  std::string("web app"),
                                  std::string("web:"),
                                  std::string(":1"),
                                  std::string("/web"),
                                  std::string("web/"),
                                  std::string("a//b"),
                                  std::string("-web"),
                                  std::string("web-"),
                                  std::string("a..b"),
                                  std::string("a___b"),
                                  std::string("web:a b"),
                                  std::string("web:.1"),
                                  "web:" + std::string(129, 'a'),
                                  std::string("web@"),
                                  std::string("web@sha256:abc"),
                                  std::string("web@:") + kHex,
                                  "web@sha256:" + std::string(64, 'g'),
                                  std::string("web\n"),
                                  std::string("we\0b", 4),
                                  std::string("127.0.0.1:5000/"),
                                  std::string("ho st:1/web"),
                                  std::string("../web"),
                                  std::string(256, 'a'),
                                  std::string("http://host/web")}) {
    EXPECT_FALSE(is_image_name(name)) << name;
  }
}

TEST(IsDefinitionName, HasNothingThatMeansSomethingInAPath) {
  EXPECT_TRUE(is_definition_name("log-router_2"));
  EXPECT_TRUE(is_definition_name(std::string(255, 'a')));
  for (const std::string& name :
       {std::string(""), std::string("."), std::string("a/b"), std::string("a b"),
        std::string("\u00e9"), std::string("a\0", 2), std::string(256, 'a')}) {
    EXPECT_FALSE(is_definition_name(name)) << name;
  }
}

TEST(IsHostName, IsWhatTheKernelTakes) {
  EXPECT_TRUE(is_host_name("ip-10-0-1-25.lab.internal"));
  for (const std::string& name :
       {std::string(""), std::string("a b"), std::string("a\n"), std::string(65, 'a')}) {
    EXPECT_FALSE(is_host_name(name)) << name;
  }
}

TEST(IsAddress, KnowsBothFamilies) {
  EXPECT_TRUE(is_address("10.0.0.1"));
  EXPECT_TRUE(is_address("fd00::1"));
  EXPECT_TRUE(is_ipv4_address("10.0.0.1"));
  EXPECT_FALSE(is_ipv4_address("fd00::1"));
  for (const std::string& text : {std::string(""), std::string("10.0.0"), std::string("10.0.0.256"),
                                  std::string("host"), std::string("10.0.0.1\0", 9)}) {
    EXPECT_FALSE(is_address(text)) << text;
  }
}

}  // namespace
}  // namespace berth::inbox
