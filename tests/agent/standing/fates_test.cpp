// fates_test.cpp - the table has each field of ECS, and what it says of one is what becomes of it.
#include "agent/standing/fates.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "controlplane/definition/shape.hpp"
#include "tests/agent/standing/reviewed.hpp"

namespace berth::standing {
namespace {

using definition::Kind;
using definition::Member;

/// Paths that no row is at, above or (for those with members) below.
void find_missing(std::span<const Member> members, const std::string& where,
                  std::vector<std::string>& missing) {
  for (const Member& member : members) {
    const std::string path = (where.empty() ? "" : where + ".") + std::string(member.name);
    if (find_fate(path) != nullptr) continue;
    if (member.kind == Kind::Object) {
      find_missing(member.of, path, missing);
    } else if (member.kind == Kind::Objects) {
      find_missing(member.of, path + "[]", missing);
    } else {
      missing.push_back(path);
    }
  }
}

TEST(Fates, HaveARowForEachFieldThatTheReaderOfDefinitionsKnows) {
  std::vector<std::string> missing;

  find_missing(definition::definition_shape(), "", missing);

  EXPECT_THAT(missing, ::testing::IsEmpty());
}

bool is_known(std::span<const Member> members, std::string_view path) {
  for (const Member& member : members) {
    if (!path.starts_with(member.name)) continue;
    std::string_view rest = path.substr(member.name.size());
    if (rest.empty()) return true;
    if (member.kind == Kind::TextMap && rest.starts_with('.')) return true;
    if (rest.starts_with("[]")) rest.remove_prefix(2);
    if (rest.starts_with('.') && is_known(member.of, rest.substr(1))) return true;
  }
  return false;
}

TEST(Fates, HaveNoRowForAFieldThatThereIsNot) {
  // Read beside the definition, or not at all.
  const std::set<std::string_view> others{"volumes[].s3filesVolumeConfiguration"};
  std::set<std::string_view> seen;
  for (const Row& row : fates()) {
    EXPECT_TRUE(seen.insert(row.path).second) << row.path << " is there twice";
    if (row.path.starts_with("networkConfiguration.") || others.contains(row.path)) continue;
    EXPECT_TRUE(is_known(definition::definition_shape(), row.path)) << row.path;
  }
}

TEST(Fates, SayWhyWhereNoValueDecides) {
  for (const Row& row : fates()) {
    const bool has_words = !row.words.empty() || !row.passed_over.empty() || row.judge != nullptr;
    EXPECT_TRUE(has_words) << row.path;
  }
}

struct Sample {
  const char* path;
  Json value;
};

/// Each field that the table refuses, with a value that asks for something.
const std::vector<Sample>& refused_samples() {
  static const std::vector<Sample> samples{
      {"volumes[].dockerVolumeConfiguration", Json::object()},
      {"volumes[].efsVolumeConfiguration", {{"fileSystemId", "fs-1"}}},
      {"volumes[].fsxWindowsFileServerVolumeConfiguration", {{"fileSystemId", "fs-1"}}},
      {"volumes[].s3filesVolumeConfiguration", {{"fileSystemArn", "arn:1"}}},
      {"volumes[].configuredAtLaunch", true},
      {"containerDefinitions[].environmentFiles",
       Json::array({{{"type", "s3"}, {"value", "arn:aws:s3:::b/a"}}})},
      {"containerDefinitions[].volumesFrom", Json::array({{{"sourceContainer", "side"}}})},
      {"containerDefinitions[].linuxParameters.devices",
       Json::array({{{"hostPath", "/dev/fuse"}}})},
      {"containerDefinitions[].secrets", Json::array({{{"name", "A"}, {"valueFrom", "arn:1"}}})},
      {"containerDefinitions[].disableNetworking", true},
      {"containerDefinitions[].credentialSpecs", Json::array({"credentialspec:a"})}};
  return samples;
}

/// A definition whose first container and volume have the sample's field.
Json definition_of(const Sample& sample) {
  Json definition = with({{"executionRoleArn", "arn:aws:iam::1:role/r"}});
  definition["containerDefinitions"].push_back(
      {{"name", "side"}, {"image", "side"}, {"memory", 4}});
  std::string pointer = "/" + std::string(sample.path);
  for (std::size_t at = 0; (at = pointer.find("[]", at)) != std::string::npos;) {
    pointer.replace(at, 2, "/0");
  }
  std::replace(pointer.begin(), pointer.end(), '.', '/');
  if (pointer.starts_with("/volumes")) definition["volumes"] = Json::array({{{"name", "v"}}});
  definition[Json::json_pointer(pointer)] = sample.value;
  return definition;
}

TEST(Fates, RefuseWhatIsRefusedWhenTheTaskComes) {
  std::set<std::string_view> tried;
  for (const Sample& sample : refused_samples()) {
    tried.insert(sample.path);
    std::string path = sample.path;
    path.replace(path.find("[]"), 2, "[0]");

    const Review review = reviewed(definition_of(sample));

    EXPECT_EQ(remark_of(review, path).fate, Fate::Refused) << path;
    EXPECT_THAT(review.refusal, ::testing::HasSubstr(path)) << path;
  }
  for (const Row& row : fates()) {
    if (row.fate == Fate::Refused) {
      EXPECT_TRUE(tried.contains(row.path)) << row.path;
    }
  }
}

}  // namespace
}  // namespace berth::standing
