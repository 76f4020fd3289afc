// engine_test.cpp - containerd's answers, judged.
#include "agent/doctor/engine.hpp"

#include <gtest/gtest.h>

#include "tests/agent/doctor/verdicts.hpp"

namespace berth::doctor {
namespace {

Engine healthy() {
  Engine engine;
  engine.socket = "/run/containerd/containerd.sock";
  engine.has_socket = true;
  engine.version = "1.6.20~ds1";
  engine.plugins = {{"io.containerd.snapshotter.v1", "overlayfs", "/var/lib/containerd/o"}};
  engine.namespaces = {"berth", "k8s.io"};
  return engine;
}

std::string verdicts(const Engine& engine) {
  const Findings findings = judge_engine(engine, "berth", "overlayfs");
  EXPECT_TRUE(has_cures_where_needed(findings));
  return verdicts_of(findings);
}

TEST(JudgeEngine, FindsNothingWithAHealthyOne) {
  EXPECT_EQ(verdicts(healthy()), "socket o, version o, snapshotter overlayfs o, namespace berth o");
  EXPECT_EQ(root_of(healthy(), "overlayfs"), "/var/lib/containerd/o");
  EXPECT_EQ(root_of(healthy(), "zfs"), std::nullopt);
}

TEST(JudgeEngine, KnowsWhichVersionsAreSupported) {
  const std::pair<const char*, char> cases[] = {
      {"1.6.0", 'o'},  {"v1.7.24", 'o'}, {"v2.1.0-rc.1", 'o'}, {"1.5.18", 'e'}, {"1.4.13~ds1", 'e'},
      {"v3.0.0", 'w'}, {"", '?'},        {"unknown", '?'},     {"1", '?'},      {"0.2.1", 'e'}};
  for (const auto& [version, verdict] : cases) {
    Engine engine = healthy();
    engine.version = version;
    const Findings findings = judge_engine(engine, "berth", "overlayfs");
    EXPECT_EQ(letter_of(find(findings, "version").verdict), verdict) << version;
  }
}

TEST(JudgeEngine, SaysWhyASnapshotterIsNotInUse) {
  Engine engine = healthy();
  engine.plugins.front().failure = "overlayfs: d_type is not supported";
  EXPECT_EQ(find(judge_engine(engine, "berth", "overlayfs"), "snapshotter overlayfs").reason,
            "overlayfs: d_type is not supported");

  engine.plugins.clear();
  EXPECT_EQ(verdicts(engine), "socket o, version o, snapshotter overlayfs e, namespace berth o");

  engine.plugins_failure = "introspection.Plugins: not implemented";
  EXPECT_EQ(verdicts(engine), "socket o, version o, snapshotter overlayfs ?, namespace berth o");
}

TEST(JudgeEngine, SaysOnlyOnceThatNobodyAnswers) {
  Engine engine = healthy();
  engine.failure = "version.Version: connection refused";

  EXPECT_EQ(verdicts(engine), "socket e, version ?, snapshotter overlayfs ?, namespace berth ?");
  engine.has_socket = false;
  EXPECT_EQ(find(judge_engine(engine, "berth", "overlayfs"), "socket").reason,
            "/run/containerd/containerd.sock: there is no such socket");
}

}  // namespace
}  // namespace berth::doctor
