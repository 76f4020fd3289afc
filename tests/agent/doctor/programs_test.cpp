// programs_test.cpp - programs found, run and judged; the programs are scripts.
#include "agent/doctor/programs.hpp"

#include <gmock/gmock.h>

#include <filesystem>

#include "tests/agent/doctor/verdicts.hpp"
#include "tests/fakes/loop.hpp"
#include "tests/fakes/scratch.hpp"

namespace berth::doctor {
namespace {

using ::testing::HasSubstr;

class Programs : public ::testing::Test {
 protected:
  void put(const std::string& name, const std::string& script) {
    folder_.write(name, "#!/bin/sh\n" + script + "\n");
    std::filesystem::permissions(folder_.path(name), std::filesystem::perms::owner_all);
  }
  Program ask(const std::string& name, std::chrono::milliseconds limit = std::chrono::seconds(30)) {
    auto program = loop_.run(ask_program(&spawner_, name, "/nowhere:" + folder_.path("."),
                                         "--version", Deadline::after(limit)));
    EXPECT_TRUE(program) << program.error();
    return std::move(program).value_or({});
  }

  berth::testing::Scratch folder_;

 private:
  berth::testing::Loop loop_;
  SystemSpawner spawner_;
};

TEST_F(Programs, TellTheirVersion) {
  put("runc", "test \"$1\" = --version && echo 'runc version 1.1.5' && echo 'spec: 1.0.2-dev'");

  const Finding finding = judge_oci_runtime(ask("runc"), {});

  EXPECT_EQ(finding, fine("runtime", "OCI runtime", folder_.path("./runc") + ", 1.1.5"));
}

TEST_F(Programs, ThatAreNotThereOrFailAreErrors) {
  put("runc", "echo 'error while loading libseccomp' >&2; exit 127");

  const Finding failing = judge_oci_runtime(ask("runc"), {});
  EXPECT_EQ(failing.verdict, Verdict::Error);
  EXPECT_THAT(failing.reason, HasSubstr("it ended with 127: error while loading libseccomp"));
  const Finding missing = judge_oci_runtime(ask("ruunc"), {});
  EXPECT_EQ(missing.verdict, Verdict::Error);
  EXPECT_EQ(missing.reason, "ruunc is not there");
  EXPECT_TRUE(has_cures_where_needed({failing, missing}));
}

TEST_F(Programs, ThatDoNotEndInTimeAreNotJudged) {
  put("runc", "sleep 600");

  const Program late = ask("runc", std::chrono::milliseconds(1));

  EXPECT_EQ(judge_oci_runtime(late, {}).verdict, Verdict::Unknown);
  EXPECT_EQ(judge_helper(late, "0.1.0").verdict, Verdict::Unknown);
  EXPECT_EQ(judge_shim("io.containerd.runc.v2", late).verdict, Verdict::Unknown);
}

TEST_F(Programs, OfCrunsKindAreRefusedOnHybridHosts) {
  put("runc", "echo 'crun version 1.8.1'");
  CgroupFacts hybrid;
  hybrid.is_hybrid = true;

  EXPECT_EQ(judge_oci_runtime(ask("runc"), hybrid).verdict, Verdict::Ok);
  hybrid.unified_controllers = {"io"};
  const Finding refused = judge_oci_runtime(ask("runc"), hybrid);

  EXPECT_EQ(refused.verdict, Verdict::Error);
  EXPECT_THAT(refused.reason, HasSubstr("crun refuses this host"));
  put("runc", "echo 'runc version 1.1.5'");
  EXPECT_EQ(judge_oci_runtime(ask("runc"), hybrid).verdict, Verdict::Ok);
}

TEST_F(Programs, OfBerthAreOfOneBuild) {
  put("berth-pull", "echo 'berth-pull 0.1.0'");
  const Program helper = ask(folder_.path("berth-pull"));

  EXPECT_EQ(judge_helper(helper, "0.1.0").verdict, Verdict::Ok);
  const Finding other = judge_helper(helper, "0.2.0");
  EXPECT_EQ(other.verdict, Verdict::Warning);
  EXPECT_EQ(other.what, "berth-pull");
  EXPECT_EQ(judge_helper(ask(folder_.path("berth-logger")), "0.1.0").verdict, Verdict::Error);
}

TEST(ShimOf, FollowsContainerdsRule) {
  const std::pair<const char*, const char*> cases[] = {
      {"io.containerd.runc.v2", "containerd-shim-runc-v2"},
      {"io.containerd.kata.v2", "containerd-shim-kata-v2"},
      {"/opt/bin/my-shim", "/opt/bin/my-shim"},
      {"com.example.own.v1", "containerd-shim-own-v1"},
      {"runc", ""},
      {".runc.v2", ""},
      {"io.containerd.", ""}};
  for (const auto& [runtime, shim] : cases) EXPECT_EQ(shim_of(runtime), shim) << runtime;
}

TEST(JudgeShim, NamesWhatIsMissing) {
  EXPECT_EQ(judge_shim("runc", {}).reason, "\"runc\" names no shim");
  EXPECT_EQ(judge_shim("io.containerd.x.v1", {"containerd-shim-x-v1"}).reason,
            "containerd-shim-x-v1 is not there, which io.containerd.x.v1 needs");
  EXPECT_EQ(
      judge_shim("io.containerd.runc.v2", {"containerd-shim-runc-v2",
                                           "/usr/bin/containerd-shim-runc-v2",
                                           {"containerd-shim-runc-v2:", "  Version:  1.6.20~ds1"}})
          .reason,
      "/usr/bin/containerd-shim-runc-v2, 1.6.20~ds1");
}

}  // namespace
}  // namespace berth::doctor
