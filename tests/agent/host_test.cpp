// host_test.cpp - the configuration as the settings of the rooms below.
#include "agent/host.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace berth::agent {
namespace {

class HostSettings : public ::testing::Test {
 protected:
  HostSettings() : run_((::testing::TempDir() + "berth-host-XXXXXX")) {
    EXPECT_NE(::mkdtemp(run_.data()), nullptr);
  }
  ~HostSettings() override { std::filesystem::remove_all(run_); }

  config::Loaded loaded(config::Environment environment) const {
    environment["BERTH_RUN_DIR"] = run_;
    return config::load(environment, {}, "/libexec").value();
  }
  std::string path(const std::string& name) const { return run_ + "/" + name; }

  std::string run_;
};

TEST_F(HostSettings, HandTheRegistryLoginsToPulls) {
  const config::Loaded with =
      loaded({{"ECS_ENGINE_AUTH_TYPE", "docker"},
              {"ECS_ENGINE_AUTH_DATA", R"({"r.io":{"username":"me","password":"pw"}})"}});

  ASSERT_TRUE(keep_logins(run_, with.registry_logins));

  const std::string file = images_options(with).auth_file;
  EXPECT_EQ(read_file(file).value_or(""),
            R"({"auths":{"r.io":{"password":"pw","username":"me"}}})");
  struct stat facts{};
  ASSERT_EQ(::stat(file.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 07777, 0600U);
}

TEST_F(HostSettings, RemoveTheRegistryLoginsOfAnEarlierStart) {
  ASSERT_TRUE(keep_logins(run_, "{}"));
  const config::Loaded without = loaded({});

  ASSERT_TRUE(keep_logins(run_, without.registry_logins));

  EXPECT_EQ(images_options(without).auth_file, "");
  EXPECT_TRUE(std::filesystem::is_empty(run_));
}

TEST_F(HostSettings, GivePullsTheirTimeLimits) {
  const config::Loaded given = loaded(
      {{"ECS_MANIFEST_PULL_TIMEOUT", "90500ms"}, {"ECS_IMAGE_PULL_INACTIVITY_TIMEOUT", "2m"}});

  EXPECT_EQ(images_options(given).resolve_timeout, std::chrono::seconds(91));
  EXPECT_EQ(images_options(given).inactivity_timeout, std::chrono::minutes(2));
}

TEST_F(HostSettings, PutTasksBelowTheDelegatedUnitWhileItRuns) {
  const std::string tree = path("root/cgroup");
  std::filesystem::create_directories(tree);
  std::ofstream(tree + "/cgroup.controllers") << "cpu memory";
  const auto hierarchy =
      cgroups::Hierarchy::open("cgroup2 " + tree + " cgroup2 rw,nosuid 0 0\n").value();
  const Dir root = Dir::open(path("root")).value();
  using cgroups::Driver;
  EXPECT_EQ(cgroup_home_of(loaded({}).config, hierarchy, root).value(),
            (CgroupHome{Driver::Cgroupfs, "/berth"}));

  std::filesystem::create_directories(path("root/run/systemd/system"));
  std::filesystem::create_directories(path("root/run/dbus"));
  std::ofstream(path("root/run/dbus/system_bus_socket")) << "";
  EXPECT_EQ(cgroup_home_of(loaded({}).config, hierarchy, root).value(),
            (CgroupHome{Driver::Systemd, "/berth.slice"}));

  std::filesystem::create_directories(tree + cgroups::kDelegated);
  EXPECT_EQ(cgroup_home_of(loaded({}).config, hierarchy, root).value(),
            (CgroupHome{Driver::Cgroupfs, "/berth.slice/berth-tasks.service"}));
  EXPECT_EQ(
      cgroup_home_of(loaded({{"BERTH_CGROUP_PARENT", "/mine"}}).config, hierarchy, root).value(),
      (CgroupHome{Driver::Cgroupfs, "/mine"}));
  EXPECT_EQ(cgroup_home_of(loaded({{"BERTH_CGROUP_PARENT", "a-b.slice"}}).config, hierarchy, root)
                .value(),
            (CgroupHome{Driver::Systemd, "/a.slice/a-b.slice"}));
}

TEST_F(HostSettings, NameTheShimOfContainers) {
  EXPECT_EQ(containers_options(loaded({})).runtime, "io.containerd.runc.v2");
  EXPECT_EQ(containers_options(loaded({{"BERTH_RUNTIME", "/opt/shim"}})).runtime, "/opt/shim");
}

}  // namespace
}  // namespace berth::agent
