// version_test.cpp - which version is spoken with which plugins.
#include "cni/version.hpp"

#include <gtest/gtest.h>

namespace berth::cni {
namespace {

using Versions = std::vector<std::string>;

struct Row {
  Versions asked;
  std::vector<Known> plugins;
  std::string spoken;
};

TEST(CommonVersion, IsTheNewestThatEverybodyKnows) {
  const Versions debian{"0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0"};
  const Versions newest{"0.4.0", "1.0.0", "1.1.0"};
  const std::vector<Row> rows{
      {{"1.0.0"}, {{"bridge", debian}}, "1.0.0"},
      {{"1.0.0", "1.1.0"}, {{"bridge", debian}}, "1.0.0"},
      {{"1.0.0", "1.1.0"}, {{"bridge", newest}}, "1.1.0"},
      {{"1.1.0", "1.0.0"}, {{"bridge", newest}, {"portmap", debian}}, "1.0.0"},
      {{"0.3.1"}, {{"flannel", debian}}, "0.3.1"},
      {{}, {{"bridge", debian}}, "1.0.0"},
      {{}, {{"bridge", newest}}, "1.1.0"},
      {{}, {{"bridge", {"1.1.0", "2.0.0"}}}, "1.1.0"},
  };
  for (const Row& row : rows) {
    const Result<std::string> version = common_version(row.asked, row.plugins);
    ASSERT_TRUE(version) << version.error();
    EXPECT_EQ(*version, row.spoken);
  }
}

TEST(CommonVersion, NamesWhatEachKnowsWhenThereIsNone) {
  const auto version = common_version({"1.1.0"}, {{"bridge", {"0.4.0", "1.0.0"}}});

  ASSERT_TRUE(version.failed_with(Errc::Invalid));
  EXPECT_EQ(version.error().message,
            "no common version: berth speaks 1.1.0, 1.0.0, 0.4.0, 0.3.1, 0.3.0; the network's "
            "cniVersion is 1.1.0; plugin bridge knows 0.4.0, 1.0.0");
}

TEST(CommonVersion, RefusesWhatCannotChain) {
  EXPECT_TRUE(common_version({"0.2.0"}, {{"bridge", {"0.2.0"}}}).failed_with(Errc::Invalid));
  EXPECT_TRUE(common_version({"2.0.0"}, {{"bridge", {"2.0.0"}}}).failed_with(Errc::Invalid));
}

TEST(IsAtLeast, ComparesByAge) {
  EXPECT_TRUE(is_at_least("1.1.0", "1.1.0"));
  EXPECT_TRUE(is_at_least("1.0.0", "0.4.0"));
  EXPECT_FALSE(is_at_least("0.3.1", "0.4.0"));
  EXPECT_FALSE(is_at_least("9.9.9", "0.4.0"));
}

TEST(ParseVersions, ReadsTheAnswerToVersion) {
  const auto versions =
      parse_versions(R"({"cniVersion":"1.0.0","supportedVersions":["0.4.0","1.0.0"]})");

  ASSERT_TRUE(versions) << versions.error();
  EXPECT_EQ(*versions, (Versions{"0.4.0", "1.0.0"}));
}

TEST(ParseVersions, RefusesWhatIsNone) {
  for (const char* answer : {"", "hello", "[]", R"({"cniVersion":"1.0.0"})",
                             R"({"supportedVersions":[]})", R"({"supportedVersions":[1]})"}) {
    EXPECT_TRUE(parse_versions(answer).failed_with(Errc::Invalid)) << answer;
  }
}

}  // namespace
}  // namespace berth::cni
