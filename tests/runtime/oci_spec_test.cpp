// oci_spec_test.cpp - a container's specification as the runtime takes it.
#include "runtime/oci_spec.hpp"

#include <gmock/gmock.h>

#include "base/json.hpp"

namespace berth::runtime {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;

ContainerSpec minimal() {
  ContainerSpec spec;
  spec.id = "c1";
  spec.args = {"/bin/server", "-v"};
  return spec;
}

HostFacts full_host() {
  HostFacts host;
  host.capabilities = known_capabilities();
  return host;
}

Json document(const ContainerSpec& spec, const User& user = {}, const HostFacts& host = full_host(),
              const std::vector<Device>& devices = {}) {
  auto text = oci_spec(spec, user, host, devices);
  EXPECT_TRUE(text) << text.error();
  return text ? *parse_json(*text) : Json();
}

/// The mount at a target; null when there is none.
Json mount_at(const Json& document, const std::string& target) {
  for (const Json& mount : document["mounts"]) {
    if (mount["destination"] == target) return mount;
  }
  return nullptr;
}

std::vector<std::string> namespaces(const Json& document) {
  std::vector<std::string> types;
  for (const Json& one : document["linux"]["namespaces"]) types.push_back(one["type"]);
  return types;
}

TEST(OciSpec, SaysWhatAMinimalContainerIs) {
  const Json made = document(minimal());

  EXPECT_EQ(made["ociVersion"], "1.0.2");
  EXPECT_EQ(made["root"], Json({{"path", "rootfs"}, {"readonly", false}}));
  EXPECT_EQ(made["process"]["args"], Json({"/bin/server", "-v"}));
  EXPECT_EQ(made["process"]["cwd"], "/");
  EXPECT_EQ(made["process"]["env"],
            Json({"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}));
  EXPECT_EQ(made["process"]["capabilities"]["bounding"].size(), 14U);
  EXPECT_FALSE(made["process"]["capabilities"].contains("ambient"));
  EXPECT_FALSE(made["process"]["capabilities"].contains("inheritable"));
  EXPECT_THAT(namespaces(made), ElementsAre("pid", "ipc", "mount", "network"));
  EXPECT_EQ(made["linux"]["maskedPaths"].size(), 11U);
  EXPECT_EQ(made["linux"]["readonlyPaths"].size(), 5U);
  EXPECT_EQ(made["linux"]["resources"]["devices"],
            Json::array({{{"allow", false}, {"access", "rwm"}}}));
  EXPECT_FALSE(made.contains("hostname"));
  EXPECT_FALSE(made.contains("annotations"));
}

TEST(OciSpec, KeepsTheUserEnvironmentAndFlagsItIsGiven) {
  ContainerSpec spec = minimal();
  spec.env = {"A=1", "PATH=/bin"};
  spec.cwd = "/srv";
  spec.terminal = spec.readonly_rootfs = spec.no_new_privileges = true;
  spec.group = "task-1";
  spec.hostname = "box";

  const Json made = document(spec, {101, 102, {102, 10}});

  EXPECT_EQ(made["process"]["user"],
            Json({{"uid", 101}, {"gid", 102}, {"additionalGids", {102, 10}}}));
  EXPECT_EQ(made["process"]["env"], Json({"A=1", "PATH=/bin"}));
  EXPECT_EQ(made["process"]["cwd"], "/srv");
  EXPECT_EQ(made["process"]["terminal"], true);
  EXPECT_EQ(made["process"]["noNewPrivileges"], true);
  EXPECT_EQ(made["root"]["readonly"], true);
  EXPECT_EQ(made["annotations"], Json({{"io.containerd.runc.v2.group", "task-1"}}));
  EXPECT_EQ(made["hostname"], "box");
  EXPECT_THAT(namespaces(made), Contains("uts"));
}

TEST(OciSpec, PlacesTheNetwork) {
  ContainerSpec path = minimal();
  path.network = {NetworkNamespace::Kind::Path, "/run/netns/t1"};
  ContainerSpec host = minimal();
  host.network.kind = NetworkNamespace::Kind::Host;

  EXPECT_THAT(document(path)["linux"]["namespaces"],
              Contains(Json({{"type", "network"}, {"path", "/run/netns/t1"}})));
  EXPECT_THAT(namespaces(document(host)), ElementsAre("pid", "ipc", "mount"));
  host.host_pids = true;
  EXPECT_THAT(namespaces(document(host)), ElementsAre("ipc", "mount"));
}

TEST(OciSpec, HidesTheHostsCgroupTreeOnV2Only) {
  HostFacts v2 = full_host();
  v2.cgroup_v2 = true;

  EXPECT_THAT(namespaces(document(minimal(), {}, v2)), Contains("cgroup"));
  EXPECT_THAT(namespaces(document(minimal())), ::testing::Not(Contains("cgroup")));
}

TEST(OciSpec, WritesLimitsThatAreSet) {
  ContainerSpec spec = minimal();
  spec.cgroup_path = "/berth/t1/c1";
  spec.resources.cpu_shares = 256;
  const Json without = document(spec)["linux"]["resources"];
  spec.resources.memory_max = Bytes{1 << 20};
  spec.resources.memory_reservation = Bytes{1 << 19};
  spec.resources.memory_swap_total = Bytes{1 << 21};
  spec.resources.pids_max = 10;

  const Json made = document(spec);

  EXPECT_EQ(made["linux"]["cgroupsPath"], "/berth/t1/c1");
  EXPECT_EQ(made["linux"]["resources"]["cpu"], Json({{"shares", 256}}));
  EXPECT_EQ(made["linux"]["resources"]["memory"],
            Json({{"limit", 1 << 20}, {"reservation", 1 << 19}, {"swap", 1 << 21}}));
  EXPECT_EQ(made["linux"]["resources"]["pids"], Json({{"limit", 10}}));
  EXPECT_FALSE(without.contains("memory"));
  EXPECT_FALSE(without.contains("pids"));
}

TEST(OciSpec, NamesFilesOfCgroupV2ForLimitsWithoutAWordOfTheirOwn) {
  ContainerSpec spec = minimal();
  const Json without = document(spec)["linux"]["resources"];
  spec.resources.memory_high = Bytes{1 << 20};
  spec.resources.io_weight = 200;
  spec.resources.bfq_weight = 109;

  const Json made = document(spec);

  EXPECT_EQ(
      made["linux"]["resources"]["unified"],
      Json({{"memory.high", "1048576"}, {"io.weight", "default 200"}, {"io.bfq.weight", "109"}}));
  EXPECT_FALSE(without.contains("unified"));
}

TEST(OciSpec, MountsTheUsualAndTheOwnOuterFirst) {
  ContainerSpec spec = minimal();
  spec.shm_size = Bytes{1024};
  spec.mounts = {{"/host/deep", "/data/deep", "bind", {"rbind", "ro"}},
                 {"/host/data", "/data", "bind", {"rbind", "rw"}},
                 {"tmpfs", "/dev/shm", "tmpfs", {"size=4096"}}};

  const Json made = document(spec);

  std::vector<std::string> targets;
  for (const Json& mount : made["mounts"]) targets.push_back(mount["destination"]);
  EXPECT_THAT(targets, ElementsAre("/proc", "/dev", "/dev/pts", "/sys", "/sys/fs/cgroup",
                                   "/dev/mqueue", "/data", "/data/deep", "/dev/shm"));
  EXPECT_EQ(mount_at(made, "/dev/shm")["options"], Json({"size=4096"}));
  EXPECT_EQ(mount_at(document(minimal()), "/dev/shm")["options"],
            Json({"nosuid", "noexec", "nodev", "mode=1777", "size=67108864"}));
  EXPECT_THAT(mount_at(made, "/sys")["options"], Contains("ro"));
  EXPECT_THAT(mount_at(made, "/sys/fs/cgroup")["options"], Contains("ro"));
}

TEST(OciSpec, OpensEverythingToAPrivilegedContainer) {
  ContainerSpec spec = minimal();
  spec.privileged = true;

  const Json made = document(spec, {}, full_host(), {{"/dev/fuse", 'c', 10, 229, 0666, 0, 0}});

  EXPECT_EQ(made["process"]["capabilities"]["bounding"].size(), known_capabilities().size());
  EXPECT_FALSE(made["linux"].contains("maskedPaths"));
  EXPECT_FALSE(made["linux"].contains("readonlyPaths"));
  EXPECT_EQ(made["linux"]["resources"]["devices"],
            Json::array({{{"allow", true}, {"access", "rwm"}}}));
  EXPECT_EQ(made["linux"]["devices"], Json::array({{{"path", "/dev/fuse"},
                                                    {"type", "c"},
                                                    {"major", 10},
                                                    {"minor", 229},
                                                    {"fileMode", 0666},
                                                    {"uid", 0},
                                                    {"gid", 0}}}));
  EXPECT_THAT(mount_at(made, "/sys")["options"], Contains("rw"));
}

TEST(OciSpec, ClampsLimitsToWhatTheHostMayGive) {
  ContainerSpec spec = minimal();
  spec.rlimits = {{"RLIMIT_NOFILE", 1000, 5000}, {"RLIMIT_CORE", 0, 0}};
  spec.oom_score_adj = -500;
  HostFacts bound = full_host();
  bound.may_raise_limits = false;
  bound.hard_limits = {{"RLIMIT_NOFILE", 900}};
  bound.oom_score_adj = 100;

  const Json free_process = document(spec)["process"];
  const Json bound_process = document(spec, {}, bound)["process"];

  EXPECT_EQ(free_process["rlimits"][0],
            Json({{"type", "RLIMIT_NOFILE"}, {"soft", 1000}, {"hard", 5000}}));
  EXPECT_EQ(free_process["oomScoreAdj"], -500);
  EXPECT_EQ(bound_process["rlimits"][0],
            Json({{"type", "RLIMIT_NOFILE"}, {"soft", 900}, {"hard", 900}}));
  EXPECT_EQ(bound_process["rlimits"][1], Json({{"type", "RLIMIT_CORE"}, {"soft", 0}, {"hard", 0}}));
  EXPECT_EQ(bound_process["oomScoreAdj"], 100);
}

TEST(OciSpec, KeepsSysctls) {
  ContainerSpec spec = minimal();
  spec.sysctls = {{"net.core.somaxconn", "1024"}};

  EXPECT_EQ(document(spec)["linux"]["sysctl"], Json({{"net.core.somaxconn", "1024"}}));
}

TEST(OciSpec, RefusesWhatCannotBeRun) {
  const struct {
    void (*spoil)(ContainerSpec&);
    const char* message;
  } cases[] = {
      {[](ContainerSpec& s) { s.args = {}; }, "no command to run"},
      {[](ContainerSpec& s) { s.args = {""}; }, "no command to run"},
      {[](ContainerSpec& s) { s.cwd = "srv"; }, "working directory \"srv\": must be absolute"},
      {[](ContainerSpec& s) { s.init = true; }, "an init process is not supported yet"},
      {[](ContainerSpec& s) { s.mounts = {{"/a", "b", "bind", {}}}; },
       "mount target \"b\": must be absolute"},
      {[](ContainerSpec& s) { s.rlimits = {{"NOFILE", 1, 1}}; }, "unknown limit \"NOFILE\""},
      {[](ContainerSpec& s) { s.rlimits = {{"RLIMIT_CORE", 2, 1}}; },
       "RLIMIT_CORE: soft limit above the hard one"},
      {[](ContainerSpec& s) { s.capabilities_add = {"FLY"}; }, "unknown capability \"FLY\""},
  };
  for (const auto& [spoil, message] : cases) {
    ContainerSpec spec = minimal();
    spoil(spec);
    const auto made = oci_spec(spec, {}, full_host(), {});
    ASSERT_FALSE(made) << message;
    EXPECT_EQ(made.error(), (Error{Errc::Invalid, 0, message}));
  }
}

TEST(OciExecProcess, IsTheContainersProcessWithAnotherCommand) {
  ContainerSpec spec = minimal();
  spec.env = {"PATH=/bin"};
  spec.terminal = true;
  const std::string container = *oci_spec(spec, {101, 102, {}}, full_host(), {});

  auto text = oci_exec_process(container, {"check-1", {"true"}});

  ASSERT_TRUE(text) << text.error();
  Json expected = (*parse_json(container))["process"];
  expected["args"] = {"true"};
  expected["terminal"] = false;
  EXPECT_EQ(*parse_json(*text), expected);
}

TEST(OciExecProcess, RefusesNoCommandAndForeignDocuments) {
  EXPECT_TRUE(oci_exec_process("{\"process\":{}}", {"x", {}}).failed_with(Errc::Invalid));
  EXPECT_TRUE(oci_exec_process("{}", {"x", {"true"}}).failed_with(Errc::Broken));
  EXPECT_TRUE(oci_exec_process("nonsense", {"x", {"true"}}).failed_with(Errc::Broken));
}

}  // namespace
}  // namespace berth::runtime
