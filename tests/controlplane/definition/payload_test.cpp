// payload_test.cpp - what an agent is told of a definition.
#include "controlplane/definition/payload.hpp"

#include <gtest/gtest.h>

namespace berth::definition {
namespace {

protocol::Volume told_of(const char* volume) {
  const Json definition = {{"family", "web"},
                           {"volumes", {Json::parse(volume)}},
                           {"containerDefinitions", Json::array()}};
  return payload_of(definition, {}).volumes.at(0);
}

TEST(PayloadOf, NamesTheTypeOfEachVolume) {
  EXPECT_EQ(told_of(R"({"name": "v"})").type, "host");
  EXPECT_EQ(told_of(R"({"name": "v", "host": {"sourcePath": "/srv"}})").host_source_path, "/srv");
  EXPECT_EQ(told_of(R"({"name": "v", "dockerVolumeConfiguration": {}})").type, "docker");
  EXPECT_EQ(told_of(R"({"name": "v", "efsVolumeConfiguration": {}})").type, "efs");
  EXPECT_EQ(told_of(R"({"name": "v", "configuredAtLaunch": false})").type, "host");
}

TEST(PayloadOf, MakesNoFolderOfTheTaskOfVolumesItDoesNotKnow) {
  EXPECT_EQ(told_of(R"({"name": "v", "configuredAtLaunch": true})").type, "amazonebs");
  EXPECT_EQ(told_of(R"({"name": "v", "fsxWindowsFileServerVolumeConfiguration": {}})").type,
            "fsxWindowsFileServer");
  EXPECT_EQ(told_of(R"({"name": "v", "newVolumeConfiguration": {}})").type, "new");
}

}  // namespace
}  // namespace berth::definition
