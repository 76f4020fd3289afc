// load_test.cpp - which source wins, what is forgiven and what is not.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "agent/config/config.hpp"
#include "agent/config/table.hpp"

namespace berth::config {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

Loaded loaded(const Environment& environment, const std::string& file = "") {
  Result<Loaded> outcome = load(environment, {{"/etc/ecs/ecs.config", file}}, "/usr/libexec/berth");
  if (!outcome) {
    ADD_FAILURE() << outcome.error();
    return {};
  }
  return std::move(*outcome);
}

Error refusal(const Environment& environment, const std::string& file = "") {
  const auto outcome = load(environment, {{"/etc/ecs/ecs.config", file}}, "/usr/libexec/berth");
  return outcome ? Error{Errc::Broken, 0, "was accepted"} : outcome.error();
}

TEST(Load, TakesTheEnvironmentOverTheFileOverDefaults) {
  const Loaded found = loaded({{"ECS_CLUSTER", "from-environment"}},
                              "ECS_CLUSTER=from-file\n\nECS_DATADIR=/data\nECS_DATADIR=/data2\n");

  EXPECT_EQ(found.config.cluster, "from-environment");
  EXPECT_EQ(found.config.data_dir, "/data2");
  EXPECT_EQ(found.config.run_dir, "/run/berth");
  EXPECT_EQ(found.origins,
            (std::map<std::string, std::string>{{"ECS_CLUSTER", "environment"},
                                                {"ECS_DATADIR", "/etc/ecs/ecs.config:4"}}));
  EXPECT_TRUE(found.notices.empty());
}

TEST(Load, TakesTheLaterFileOverTheEarlier) {
  const auto found = load({},
                          {{"/var/lib/ecs/ecs.config", "ECS_CLUSTER=a\nECS_EXTERNAL=true\n"},
                           {"/etc/ecs/ecs.config", "ECS_CLUSTER=b\n"}},
                          "/libexec");

  ASSERT_TRUE(found) << found.error();
  EXPECT_EQ(found->config.cluster, "b");
  EXPECT_TRUE(found->config.external);
}

TEST(Load, ReadsConfigLinesAsTheIncumbentDoes) {
  const Loaded found = loaded({},
                              "# a remark with = in it\n"
                              "no assignment\n"
                              "  ECS_CLUSTER=\"quoted\"  \r\n"
                              "ECS_INSTANCE_ATTRIBUTES={\"a\":\"b=c\"}\n"
                              "#ECS_DATADIR=/x");

  EXPECT_EQ(found.config.cluster, "\"quoted\"");
  EXPECT_EQ(found.config.instance_attributes.at("a"), "b=c");
  EXPECT_EQ(found.config.data_dir, "/var/lib/berth");
}

TEST(Load, LetsEmptyValuesFallThrough) {
  const Loaded found = loaded({{"ECS_CLUSTER", ""}}, "ECS_CLUSTER=lab\nECS_LOGLEVEL=\n");

  EXPECT_EQ(found.config.cluster, "lab");
  EXPECT_EQ(found.config.log_level, log::Level::Info);
  EXPECT_TRUE(found.notices.empty());
}

TEST(Load, HasTheDocumentedDefaults) {
  const Config config = loaded({}).config;

  Config expected;
  expected.libexec_dir = "/usr/libexec/berth";
  EXPECT_EQ(config, expected);
}

TEST(Load, TellsOfABadEcsValueOnceAndUsesTheDefault) {
  const Loaded found = loaded({}, "ECS_CLUSTER=lab\nECS_RESERVED_MEMORY=70000\n");

  EXPECT_EQ(found.config.reserved_memory_mib, 0);
  EXPECT_EQ(found.notices,
            (std::vector<Notice>{{log::Level::Warn, "setting not taken as given",
                                  "ECS_RESERVED_MEMORY", "/etc/ecs/ecs.config:2",
                                  "\"70000\": not a whole number from 0 to 65535; the default is "
                                  "used"}}));
  EXPECT_EQ(found.origins.count("ECS_RESERVED_MEMORY"), 0U);
}

TEST(Load, ForgivesBadValuesOfEcsKeys) {
  const Environment bad{{"ECS_EXTERNAL", "yes"},           {"ECS_LOGLEVEL", "loud"},
                        {"ECS_IMAGE_PULL_BEHAVIOR", "x"},  {"ECS_RESERVED_PORTS", "22"},
                        {"ECS_DATADIR", "relative"},       {"ECS_BACKEND_HOST", "ftp://x"},
                        {"ECS_IMAGE_PULL_TIMEOUT", "-1s"}, {"AWS_DEFAULT_REGION", "US EAST"}};

  const Loaded found = loaded(bad);

  EXPECT_EQ(found.config, loaded({}).config);
  EXPECT_EQ(found.notices.size(), bad.size());
}

TEST(Load, FollowsTheIncumbentBelowMinimums) {
  struct Case {
    const char* key;
    const char* value;
    nanoseconds Config::* member;
    nanoseconds expected;
    std::size_t notices;
  };
  const Case cases[] = {
      {"ECS_CONTAINER_STOP_TIMEOUT", "1s", &Config::stop_timeout, 1s, 0},
      {"ECS_CONTAINER_STOP_TIMEOUT", "500ms", &Config::stop_timeout, 1s, 1},
      {"ECS_CONTAINER_STOP_TIMEOUT", "-3s", &Config::stop_timeout, 1s, 1},
      {"ECS_CONTAINER_STOP_TIMEOUT", "0", &Config::stop_timeout, 30s, 1},
      {"ECS_CONTAINER_STOP_TIMEOUT", "2", &Config::stop_timeout, 30s, 1},
      {"ECS_CONTAINER_START_TIMEOUT", "10s", &Config::start_timeout, 45s, 1},
      {"ECS_CONTAINER_CREATE_TIMEOUT", "10s", &Config::create_timeout, 1min, 1},
      {"ECS_MANIFEST_PULL_TIMEOUT", "10s", &Config::manifest_timeout, 30s, 1},
      {"ECS_IMAGE_PULL_INACTIVITY_TIMEOUT", "10s", &Config::pull_inactivity_timeout, 1min, 1},
      {"ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION", "1s", &Config::cleanup_wait, 1s, 0},
      {"ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION", "999ms", &Config::cleanup_wait, 3h, 1},
      {"ECS_IMAGE_PULL_TIMEOUT", "1h30m", &Config::pull_timeout, 90min, 0},
  };
  for (const Case& one : cases) {
    const Loaded found = loaded({{one.key, one.value}});

    EXPECT_EQ(found.config.*one.member, one.expected) << one.key << "=" << one.value;
    EXPECT_EQ(found.notices.size(), one.notices) << one.key << "=" << one.value;
  }
}

TEST(Load, TellsOfKeysItDoesNotUse) {
  const Loaded found = loaded({{"ECS_POLL_METRICS", "true"}, {"PATH", "/bin"}},
                              "ECS_CLUSTERR=x\nECS_LOG_DRIVER=x\nOTHER=1\n");

  const std::vector<Notice> expected{
      {log::Level::Warn, "setting unknown", "ECS_CLUSTERR", "/etc/ecs/ecs.config:1", ""},
      {log::Level::Warn, "setting not used by berth yet", "ECS_LOG_DRIVER", "/etc/ecs/ecs.config:2",
       ""},
      {log::Level::Warn, "setting not used by berth yet", "ECS_POLL_METRICS", "environment", ""}};
  EXPECT_EQ(found.notices, expected);
}

TEST(Load, TakesWhatRunsContainersWithGpus) {
  struct Case {
    const char* value;
    const char* expected;
    std::size_t notices;
  };
  const Case cases[] = {{"nvidia", "nvidia", 0},
                        {"nvidia-container-runtime.cdi", "nvidia-container-runtime.cdi", 0},
                        {"/opt/nvidia/runtime", "/opt/nvidia/runtime", 0},
                        {"bin/runtime", "nvidia", 1},
                        {"", "nvidia", 0}};
  for (const Case& one : cases) {
    const Loaded found =
        loaded({{"ECS_NVIDIA_RUNTIME", one.value}}, "ECS_ENABLE_GPU_SUPPORT=true\n");

    EXPECT_TRUE(found.config.gpu_support);
    EXPECT_EQ(found.config.nvidia_runtime, one.expected) << one.value;
    EXPECT_EQ(found.notices.size(), one.notices) << one.value;
  }
}

TEST(Load, HasNothingToSayOfKeysOthersUse) {
  const Loaded found = loaded({{"HTTPS_PROXY", "http://p:3128"}},
                              "HTTP_PROXY=http://p:3128\nNO_PROXY=localhost\n"
                              "ECS_ALTERNATE_CREDENTIAL_PROFILE=alt\n");

  EXPECT_EQ(found.notices, std::vector<Notice>{});
  EXPECT_EQ(found.environment.at("HTTP_PROXY"), "http://p:3128");
}

TEST(Load, RefusesBadValuesOfBerthKeysNamingAllOfThem) {
  const Error error =
      refusal({{"BERTH_BRIDGE_SUBNET", "10.0.0.0/4"}}, "ECS_CLUSTER=x\nBERTH_ENI_DRIVER=ipvlan\n");

  EXPECT_EQ(error.code, Errc::Invalid);
  EXPECT_EQ(error.message,
            "BERTH_BRIDGE_SUBNET (environment): \"10.0.0.0/4\": not like 10.88.0.0/20, with a "
            "prefix of 8 to 29; BERTH_ENI_DRIVER (/etc/ecs/ecs.config:2): "
            "\"ipvlan\": allowed are bridge, lan-routed, macvlan, vlan, hotplug, cni");
}

TEST(Load, TakesAWayOfTasksToTheLan) {
  const Loaded found = loaded(
      {{"BERTH_ENI_DRIVER", "vlan"}, {"BERTH_ENI_PARENT", "enp3s0"}, {"BERTH_ENI_VLAN", "42"}}, "");

  EXPECT_EQ(found.config.eni_driver, "vlan");
  EXPECT_EQ(found.config.eni_parent, "enp3s0");
  EXPECT_EQ(found.config.eni_vlan, 42);
}

TEST(Load, NeedsAVlanForTheDriverOfThatName) {
  EXPECT_EQ(refusal({{"BERTH_ENI_DRIVER", "vlan"}}, "").message,
            "BERTH_ENI_DRIVER (environment): vlan needs BERTH_ENI_VLAN");
}

TEST(Load, RefusesEachBadBerthValue) {
  const std::pair<const char*, const char*> cases[] = {
      {"BERTH_CONTAINERD_ADDRESS", "unix:///run/x"},
      {"BERTH_ENI_PARENT", "a/b"},
      {"BERTH_ENI_PARENT", ""},
      {"BERTH_ENI_PARENT", "sixteen-letters-"},
      {"BERTH_ENI_VLAN", "0"},
      {"BERTH_ENI_VLAN", "4095"},
      {"BERTH_CONTAINERD_NAMESPACE", "k8s.io"},
      {"BERTH_CONTAINERD_NAMESPACE", "moby"},
      {"BERTH_CONTAINERD_NAMESPACE", "a b"},
      {"BERTH_CONTAINERD_NAMESPACE", "1node"},
      {"BERTH_CONTAINERD_NAMESPACE",
       "a123456789a123456789a123456789a123456789a123456789a123456789a1234"},
      {"BERTH_BRIDGE", "0br"},
      {"BERTH_BRIDGE", "br@x"},
      {"BERTH_RUN_DIR", "run"},
      {"BERTH_RUN_DIR", ""},
      {"BERTH_CGROUP_PARENT", "/"},
      {"BERTH_CGROUP_PARENT", "/a/../b"},
      {"BERTH_CGROUP_PARENT", "berth"},
      {"BERTH_CGROUP_PARENT", "a--b.slice"},
      {"BERTH_CGROUP_DRIVER", "runc"},
      {"BERTH_FIREWALL_INTEGRATION", "on"},
      {"BERTH_REGISTRY_CONFIG_DIR", "certs.d"},
      {"BERTH_LIBEXEC_DIR", "libexec"},
      {"BERTH_RUNTIME", "runc"},
  };
  for (const auto& [key, value] : cases) {
    const Error error = refusal({{key, value}});

    EXPECT_EQ(error.code, Errc::Invalid) << key << "=" << value << ": " << error;
    EXPECT_EQ(error.message.rfind(key, 0), 0U) << error;
  }
}

TEST(Load, SaysWhichRuleANameOfTheFirewallBreaks) {
  EXPECT_EQ(
      refusal({{"BERTH_CONTAINERD_NAMESPACE", "1node"}}).message,
      "BERTH_CONTAINERD_NAMESPACE (environment): it names the nft table, and table \"1node\" is "
      "not a letter followed by at most 63 letters, digits, '.', '_' or '-'");
}

TEST(Load, RefusesUnknownBerthKeys) {
  const Error error = refusal({{"BERTH_BRIGDE", "berth1"}});

  EXPECT_EQ(error.code, Errc::Invalid);
  EXPECT_NE(error.message.find("BERTH_BRIGDE (environment): unknown setting"), std::string::npos);
  EXPECT_NE(error.message.find("BERTH_BRIDGE"), std::string::npos);
}

TEST(Load, StopsAtJsonTheIncumbentStopsAt) {
  EXPECT_EQ(refusal({{"ECS_INSTANCE_ATTRIBUTES", "{"}}).code, Errc::Invalid);
  EXPECT_EQ(refusal({{"ECS_CONTAINER_INSTANCE_TAGS", "[]"}}).code, Errc::Invalid);
}

TEST(Load, TakesAwsRegionWhereTheDefaultRegionIsMissing) {
  const Loaded fallback = loaded({{"AWS_REGION", "eu-west-1"}});
  const Loaded both = loaded({{"AWS_REGION", "eu-west-1"}, {"AWS_DEFAULT_REGION", "us-east-2"}});

  EXPECT_EQ(fallback.config.region, "eu-west-1");
  EXPECT_EQ(fallback.config.backend_url, "https://ecs.eu-west-1.amazonaws.com");
  EXPECT_EQ(fallback.origins.at("AWS_DEFAULT_REGION"), "environment, AWS_REGION");
  EXPECT_EQ(both.config.region, "us-east-2");
}

TEST(Load, OffersNoAwsvpcOnExternalInstances) {
  const Loaded found = loaded({{"ECS_EXTERNAL", "true"}, {"ECS_ENABLE_TASK_ENI", "true"}});

  EXPECT_FALSE(found.config.task_eni);
  EXPECT_EQ(found.origins.at("ECS_ENABLE_TASK_ENI"), "ECS_EXTERNAL");
}

TEST(Load, KeepsTheVariablesForCredentials) {
  const Loaded found = loaded({{"AWS_SECRET_ACCESS_KEY", "from-environment"}},
                              "AWS_SECRET_ACCESS_KEY=x\nAWS_ACCESS_KEY_ID=from-file\n");

  EXPECT_EQ(found.environment.at("AWS_SECRET_ACCESS_KEY"), "from-environment");
  EXPECT_EQ(found.environment.at("AWS_ACCESS_KEY_ID"), "from-file");
  EXPECT_TRUE(found.notices.empty());
}

TEST(RequireRegion, SaysWhereToNameIt) {
  EXPECT_TRUE(require_region(loaded({{"AWS_DEFAULT_REGION", "us-east-1"}})));

  const Result<> missing = require_region(loaded({}));

  ASSERT_TRUE(missing.failed_with(Errc::Invalid));
  EXPECT_NE(missing.error().message.find("AWS_DEFAULT_REGION"), std::string::npos);
}

TEST(RequireRegion, LeavesItToARestartWhereEc2IsSilent) {
  Loaded found = loaded({});
  found.region_failure = Error{Errc::TimedOut, 0, "no answer"};

  const Result<> missing = require_region(found);

  ASSERT_TRUE(missing.failed_with(Errc::TimedOut));
  EXPECT_EQ(missing.error().message,
            "AWS_DEFAULT_REGION is not set, and EC2 does not tell the region: no answer");
}

/// A root folder with files in it.
class NodeRoot : public ::testing::Test {
 protected:
  NodeRoot() : path_((std::filesystem::temp_directory_path() / "berth-config-XXXXXX").string()) {
    if (::mkdtemp(path_.data()) == nullptr) throw std::runtime_error("mkdtemp");
  }
  ~NodeRoot() override { std::filesystem::remove_all(path_); }

  Dir root() const { return Dir::open(path_).value(); }
  void put(const std::string& file, const std::string& text) {
    const std::size_t slash = file.rfind('/');
    std::filesystem::create_directories(path_ + "/" + file.substr(0, slash));
    ASSERT_TRUE(root().replace(file, text));
  }

  std::string path_;
};

TEST_F(NodeRoot, IsReadWhereTheIncumbentKeepsItsFiles) {
  put("var/lib/ecs/ecs.config", "ECS_CLUSTER=a\nAWS_DEFAULT_REGION=us-west-2\n");
  put("etc/ecs/ecs.config", "ECS_CLUSTER=b\n");

  const auto found = load_for_node({}, root());

  ASSERT_TRUE(found) << found.error();
  EXPECT_EQ(found->config.cluster, "b");
  EXPECT_EQ(found->config.region, "us-west-2");
  EXPECT_EQ(found->origins.at("ECS_CLUSTER"), "/etc/ecs/ecs.config:1");
  EXPECT_EQ(found->config.libexec_dir.front(), '/');
}

TEST_F(NodeRoot, MayHoldNoFilesAtAll) {
  EXPECT_TRUE(load_for_node({}, root()));
}

TEST_F(NodeRoot, IsReadFromTheNamedFileAlone) {
  put("etc/ecs/ecs.config", "ECS_CLUSTER=host\n");
  put("scratch/berth.config", "ECS_LOGLEVEL=debug\n");

  const auto found = load_for_node({{"BERTH_CONFIG_FILE", "/scratch/berth.config"}}, root());
  const auto missing = load_for_node({{"BERTH_CONFIG_FILE", "/scratch/none"}}, root());

  ASSERT_TRUE(found) << found.error();
  EXPECT_EQ(found->config.cluster, "default");
  EXPECT_EQ(found->config.log_level, log::Level::Debug);
  EXPECT_TRUE(missing.failed_with(Errc::NotFound));
}

TEST(EnvironmentOf, SplitsAtTheFirstEquals) {
  const char* const variables[] = {"A=b=c", "EMPTY=", "strange", nullptr};

  EXPECT_EQ(environment_of(variables), (Environment{{"A", "b=c"}, {"EMPTY", ""}}));
}

}  // namespace berth::config
