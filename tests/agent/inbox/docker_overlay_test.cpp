// docker_overlay_test.cpp - Docker's documents over the typed members.
#include "agent/inbox/docker_overlay.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/agent/inbox/payload_task.hpp"

namespace berth::inbox {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

TEST(DockerOverlay, ReplacesScalarsAndLists) {
  protocol::Task given = with_docker(
      R"({"Cmd":["b"],"Entrypoint":["/e"],"Env":["A=2","C==","NOT_SET"],"WorkingDir":"/srv",
          "User":"1000:1000","StopSignal":"SIGINT","Tty":true,"Labels":{"k":"v"}})",
      R"({"CpuShares":512,"Memory":67108865,"MemoryReservation":33554432,"MemorySwap":134217728,
          "PidsLimit":100})");
  given.containers[1].command = {"a"};
  given.containers[1].entry_point = {"/old"};
  given.containers[1].environment = {{"A", "1"}, {"B", "1"}};
  given.containers[1].cpu = 128;
  given.containers[1].memory_mib = 256;

  const model::Container side = accepted(given).task.containers[1];

  EXPECT_EQ(side.command, std::vector<std::string>{"b"});
  EXPECT_EQ(side.entry_point, std::vector<std::string>{"/e"});
  EXPECT_THAT(side.environment, ElementsAre(Pair("A", "2"), Pair("C", "=")));
  EXPECT_EQ(side.working_directory, "/srv");
  EXPECT_EQ(side.user, "1000:1000");
  EXPECT_EQ(side.stop_signal, "SIGINT");
  EXPECT_TRUE(side.terminal);
  EXPECT_THAT(side.labels, ElementsAre(Pair("k", "v")));
  EXPECT_EQ(side.cpu, CpuUnits{512});
  EXPECT_EQ(side.memory, Mebibytes{65});  // never less than asked for
  EXPECT_EQ(side.memory_reservation, Mebibytes{32});
  EXPECT_EQ(side.memory_swap_total, Bytes{134217728});
  EXPECT_EQ(side.pids_limit, 100);
}

TEST(DockerOverlay, KeepsTheTypedMembersItDoesNotName) {
  protocol::Task given = with_docker(R"({"Cmd":null})", R"({"Memory":0,"CpuShares":0})");
  given.containers[1].command = {"a"};
  given.containers[1].environment = {{"A", "1"}};
  given.containers[1].cpu = 128;
  given.containers[1].memory_mib = 256;

  const model::Container side = accepted(given).task.containers[1];

  EXPECT_EQ(side.command, std::vector<std::string>{"a"});
  EXPECT_THAT(side.environment, ElementsAre(Pair("A", "1")));
  EXPECT_EQ(side.cpu, CpuUnits{128});
  EXPECT_EQ(side.memory, Mebibytes{256});
}

TEST(DockerOverlay, TakesNameServersOverWhereAContainerHasItsOwn) {
  for (const char* mode : {"bridge", "host", "none"}) {
    protocol::Task given =
        with_docker("", R"({"Dns":["10.0.0.2","fd00::2"],"DnsSearch":["lab","."]})");
    given.network_mode = mode;
    given.enis.clear();

    const Accepted result = accepted(given);

    const model::Container& side = result.task.containers[1];
    const bool is_bridge = std::string(mode) == "bridge";
    EXPECT_EQ(side.dns_servers.size(), is_bridge ? 2U : 0U) << mode;
    EXPECT_EQ(side.search_domains.size(), is_bridge ? 2U : 0U) << mode;
    EXPECT_EQ(result.passed_over.size(), is_bridge ? 0U : 2U) << mode;
  }
}

TEST(DockerOverlay, TakesSecurityAndLimitsOver) {
  protocol::Task given = with_docker("", R"({
      "CapAdd":["NET_ADMIN","cap_sys_time"],"CapDrop":["ALL"],"Privileged":true,
      "ReadonlyRootfs":true,"SecurityOpt":["no-new-privileges"],
      "Ulimits":[{"Name":"nofile","Soft":1024,"Hard":2048},{"Name":"core","Soft":-1,"Hard":-1}],
      "ShmSize":134217728,"Tmpfs":{"/run":"size=64m,noexec"},
      "Sysctls":{"net.core.somaxconn":"1024"},"ExtraHosts":["db:10.0.0.9","six:fd00::9"]})");

  const model::Container side = accepted(given).task.containers[1];

  EXPECT_THAT(side.capabilities_add, ElementsAre("NET_ADMIN", "SYS_TIME"));
  EXPECT_THAT(side.capabilities_drop, ElementsAre("ALL"));
  EXPECT_TRUE(side.privileged);
  EXPECT_TRUE(side.read_only_root);
  EXPECT_TRUE(side.no_new_privileges);
  EXPECT_THAT(side.ulimits,
              ElementsAre(model::Ulimit{"nofile", 1024, 2048}, model::Ulimit{"core", -1, -1}));
  EXPECT_EQ(side.shm_size, Bytes{134217728});
  EXPECT_THAT(side.tmpfs, ElementsAre(Pair("/run", "size=64m,noexec")));
  EXPECT_THAT(side.sysctls, ElementsAre(Pair("net.core.somaxconn", "1024")));
  EXPECT_THAT(side.extra_hosts, ElementsAre("db:10.0.0.9", "six:fd00::9"));
}

TEST(DockerOverlay, SaysNothingOfALogDriverWhoseOutputIsHereAnyway) {
  for (const char* driver : {"", "json-file", "none"}) {
    const auto given =
        with_docker("{}", R"({"LogConfig":{"Type":")" + std::string(driver) + R"(","Config":{}}})");

    EXPECT_THAT(accepted(given).passed_over, ::testing::IsEmpty()) << driver;
  }
}

TEST(DockerOverlay, RefusesTextsThatAreNoSuchDocuments) {
  const std::tuple<const char*, const char*, const char*> cases[] = {
      {"{", "", "config: not JSON: error at byte 2 of the text"},
      {"[]", "", "config: must be an object"},
      {R"({"Cmd":"sh"})", "", "config.Cmd: \"sh\" must be a list of strings"},
      {R"({"Env":"KEY=secret"})", "", "config.Env: must be a list of strings"},
      {"", R"({"CapAdd":[1]})", "hostConfig.CapAdd: must be a list of strings"},
      {"", R"({"Memory":"64m"})", "hostConfig.Memory: \"64m\" must be a whole number"},
      {"", R"({"LogConfig":{"Type":7}})", "hostConfig.LogConfig.Type: 7 must be a string"},
  };
  for (const auto& [config, host_config, why] : cases) {
    EXPECT_EQ(refusal_of(with_docker(config, host_config)),
              "DockerClientConfigError: containerDefinitions[1].dockerConfig." + std::string(why));
  }
}

struct BadDocument {
  const char* config;
  const char* host_config;
  const char* why;  ///< after "containerDefinitions[1]"
};

TEST(DockerOverlay, RefusesWhatAContainerWouldRunWrongWith) {
  const BadDocument cases[] = {
      {"", R"({"Devices":[{"PathOnHost":"/dev/fuse"}]})",
       ".linuxParameters.devices: not supported by this agent version"},
      {"", R"({"Binds":["/a:/b"]})",
       ".dockerConfig.hostConfig.Binds: not supported by this agent version"},
      {R"({"NetworkDisabled":true})", "",
       ".disableNetworking: not supported by this agent version"},
      {"", R"({"SecurityOpt":["apparmor:strict"]})",
       ".dockerSecurityOptions \"apparmor:strict\": not supported by this agent version"},
      {R"({"WorkingDir":"srv"})", "", ".workingDirectory \"srv\": must be an absolute path"},
      {R"({"Hostname":"a\nb"})", "",
       ".hostname \"a\\nb\": must be 1 to 64 letters, digits, '-' or '.'"},
      {R"({"Env":["=x"]})", "", ".environment \"\": is not the name of a variable"},
      {"", R"({"Memory":-5})", ".memory: -5 must be from 0 to 1125899906842624"},
      {"", R"({"Memory":8388608,"MemoryReservation":16777216})",
       ".memoryReservation: 16 must not be above memory 8"},
      {"", R"({"Memory":8388608,"MemorySwap":4194304})",
       ".linuxParameters.maxSwap: memory and swap together must not be less than memory"},
      {"", R"({"Tmpfs":{"run":""}})", ".linuxParameters.tmpfs \"run\": must be an absolute path"},
      {"", R"({"ExtraHosts":["db"]})", ".extraHosts \"db\": must be name:address"},
      {"", R"({"ExtraHosts":["db:here"]})", ".extraHosts \"db:here\": must be name:address"},
      {"", R"({"Dns":["dns.lab"]})", ".dnsServers \"dns.lab\": must be an address"},
      {"", R"({"DnsSearch":["a b"]})",
       ".dnsSearchDomains \"a b\": must be 1 to 64 letters, digits, '-' or '.'"},
      {"", R"({"Ulimits":[{"Name":"files"}]})", ".ulimits[0].name \"files\": no such limit"},
      {"", R"({"Ulimits":[{"Name":"nofile","Soft":2,"Hard":1}]})",
       ".ulimits[0].softLimit: 2 must not be above hardLimit 1"},
      {"", R"({"Ulimits":[{"Name":"nofile","Soft":-1,"Hard":1}]})",
       ".ulimits[0].softLimit: -1 must not be above hardLimit 1"},
  };
  for (const BadDocument& bad : cases) {
    EXPECT_EQ(refusal_of(with_docker(bad.config, bad.host_config)),
              "containerDefinitions[1]" + std::string(bad.why));
  }
}

TEST(DockerOverlay, RefusesAHealthCheckThatCannotBeRun) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"Test":[]})", ".command: is required"},
      {R"({})", ".command: is required"},
      {R"({"Test":["CMD"]})", ".command: has nothing to run after CMD"},
      {R"({"Test":["curl","-f"]})", ".command[0] \"curl\": must be CMD, CMD-SHELL or NONE"},
      {R"({"Test":["CMD","x"],"Interval":999999})",
       ".interval: 999999ns must not be less than 1ms"},
      {R"({"Test":["CMD","x"],"Timeout":-1})", ".timeout: -1ns must not be less than 1ms"},
      {R"({"Test":["CMD","x"],"StartPeriod":9000000000000000000})",
       ".startPeriod: 9000000000s must not be above 31536000s"},
      {R"({"Test":["CMD","x"],"Retries":-1})", ".retries: -1 must be from 0 to 1000000"},
  };
  for (const auto& [check, why] : cases) {
    protocol::Task given = sample_task();
    given.containers[0].docker_config->config = std::string(R"({"Healthcheck":)") + check + "}";

    EXPECT_EQ(refusal_of(given), "containerDefinitions[0].healthCheck" + std::string(why));
  }
}

}  // namespace
}  // namespace berth::inbox
