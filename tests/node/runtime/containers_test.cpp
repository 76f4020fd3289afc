// containers_test.cpp - containers on a real containerd: made, started, killed, looked at, removed.
#include <csignal>
#include <filesystem>

#include "containerd_api/awaitable.hpp"
#include "containerd_api/leases.hpp"
#include "containerd_api/snapshots.hpp"
#include "runtime/purge.hpp"
#include "tests/node/runtime/engine.hpp"

namespace berth::testing {
namespace {

using Kind = runtime::ContainerState::Kind;
using Containers = Engine;
namespace api = containerd_api;

TEST_F(Containers, RunsAProgramAndTellsItsExitCode) {
  const auto began = create_and_start(spec("exits", {"sh", "-c", "echo hello; exit 7"}));
  ASSERT_TRUE(began) << began.error();

  const auto ended = end_of("exits");

  ASSERT_TRUE(ended) << ended.error();
  EXPECT_EQ(ended->code, 7);
  EXPECT_GT(ended->at.time_since_epoch().count(), 0);
  EXPECT_EQ(output_of("exits"), "hello\n");
}

TEST_F(Containers, RunsUnderTheConfiguredShim) {
  const std::string shim = containerd.scratch() + "/shim";
  const std::string trace = containerd.scratch() + "/shim-was-started";
  std::ofstream(shim) << "#!/bin/sh\n: > " << trace << "\nexec containerd-shim-runc-v2 \"$@\"\n";
  std::filesystem::permissions(shim, std::filesystem::perms(0755));
  runtime::ContainerdContainers own(connection, offload, host_facts(), {.runtime = shim});

  const auto made = loop.run(own.create(spec("shimmed", {"sh", "-c", "exit 7"}), soon()));
  ASSERT_TRUE(made) << made.error();
  ASSERT_TRUE(loop.run(own.start("shimmed", soon())));
  const auto ended = end_of("shimmed");

  ASSERT_TRUE(ended) << ended.error();
  EXPECT_EQ(ended->code, 7);
  EXPECT_TRUE(std::filesystem::exists(trace));
}

TEST_F(Containers, RunsContainersOfOneGroupByDifferentRuntimes) {
  const std::string runtime = containerd.scratch() + "/special-runtime";
  const std::string trace = containerd.scratch() + "/calls";
  std::ofstream(runtime) << "#!/bin/sh\necho \"$*\" >> " << trace << "\nexec runc \"$@\"\n";
  std::filesystem::permissions(runtime, std::filesystem::perms(0755));
  runtime::ContainerdContainers own(connection, offload, host_facts(),
                                    {.search_path = containerd.scratch()});
  for (const char* id : {"usual", "special"}) {
    auto wanted = spec(id, {"sleep", "100"});
    wanted.group = "one-task";
    if (wanted.id == "special") wanted.oci_runtime = "special-runtime";
    const auto made = loop.run(own.create(std::move(wanted), soon()));
    ASSERT_TRUE(made) << made.error();
    ASSERT_TRUE(loop.run(own.start(id, soon())));
  }
  EXPECT_EQ(containerd.shims().size(), 1u);

  // The process made anew is made by the same runtime.
  ASSERT_TRUE(loop.run(own.kill("special", SIGKILL, false, soon())));
  ASSERT_TRUE(end_of("special"));
  const runtime::ProcessSpec again{"special", "one-task",
                                   "file://" + containerd.scratch() + "/special.log", false};
  const auto restarted = loop.run(own.restart(again, soon()));
  ASSERT_TRUE(restarted) << restarted.error();
  for (const char* id : {"usual", "special"}) ASSERT_TRUE(loop.run(own.remove(id, soon())));

  std::ifstream in(trace);
  const std::string calls{std::istreambuf_iterator<char>(in), {}};
  EXPECT_EQ(calls.find("usual"), std::string::npos) << calls;
  const auto first = calls.find(" create ");
  EXPECT_NE(first, std::string::npos);
  EXPECT_NE(calls.find(" create ", first + 1), std::string::npos) << calls;
  EXPECT_NE(calls.find(" delete "), std::string::npos) << calls;
}

TEST_F(Containers, SaysThatARuntimeIsNotThereAndLeavesNothing) {
  auto wanted = spec("c", {"true"});
  wanted.oci_runtime = "no-such-runtime";

  const auto made = loop.run(containers.create(std::move(wanted), soon()));

  ASSERT_TRUE(made.failed_with(Errc::Invalid));
  EXPECT_TRUE(made.error().message.starts_with("OCI runtime no-such-runtime: no such program"))
      << made.error();
  EXPECT_EQ(loop.run(containers.list(soon())).value(), std::vector<std::string>{});
}

TEST_F(Containers, TellsEachStateOfAContainersLife) {
  auto absent = loop.run(containers.state("life", soon()));
  ASSERT_TRUE(loop.run(containers.create(spec("life", {"sleep", "100"}), soon())));
  auto created = loop.run(containers.state("life", soon()));
  ASSERT_TRUE(loop.run(containers.start("life", soon())));
  auto running = loop.run(containers.state("life", soon()));
  ASSERT_TRUE(loop.run(containers.kill("life", SIGKILL, false, soon())));
  const auto ended = end_of("life");
  ASSERT_TRUE(loop.run(containers.release("life", soon())));
  auto released = loop.run(containers.state("life", soon()));
  auto known = loop.run(containers.list(soon()));

  EXPECT_EQ(absent->kind, Kind::Absent);
  EXPECT_EQ(created->kind, Kind::Created);
  EXPECT_EQ(running->kind, Kind::Running);
  EXPECT_GT(running->pid.value_or(0), 0);
  EXPECT_EQ(ended->code, 137);
  EXPECT_EQ(released->kind, Kind::Absent);
  EXPECT_EQ(*known, std::vector<std::string>{"life"});
}

TEST_F(Containers, RepeatsEveryCallWithoutHarm) {
  const auto again = spec("again", {"sleep", "100"});
  for (int time = 0; time < 2; ++time) {
    auto created = loop.run(containers.create(again, soon()));
    ASSERT_TRUE(created) << created.error();
  }
  for (int time = 0; time < 2; ++time) {
    auto started = loop.run(containers.start("again", soon()));
    ASSERT_TRUE(started) << started.error();
  }
  auto running = loop.run(containers.state("again", soon()));
  for (int time = 0; time < 2; ++time) {
    auto killed = loop.run(containers.kill("again", SIGKILL, false, soon()));
    ASSERT_TRUE(killed) << killed.error();
    ASSERT_TRUE(end_of("again"));
  }
  auto started_late = loop.run(containers.start("again", soon()));
  for (int time = 0; time < 2; ++time) {
    auto released = loop.run(containers.release("again", soon()));
    ASSERT_TRUE(released) << released.error();
  }
  for (int time = 0; time < 2; ++time) {
    auto removed = loop.run(containers.remove("again", soon()));
    ASSERT_TRUE(removed) << removed.error();
  }

  EXPECT_EQ(running->kind, Kind::Running);
  EXPECT_TRUE(started_late) << started_late.error();
}

TEST_F(Containers, RemovesWhatStillRunsAndLeavesNothing) {
  ASSERT_TRUE(create_and_start(spec("gone", {"sleep", "100"})));

  auto removed = loop.run(containers.remove("gone", soon()));

  ASSERT_TRUE(removed) << removed.error();
  api::snapshots::StatSnapshotRequest stat;
  stat.set_snapshotter("overlayfs");
  stat.set_key("gone");
  auto snapshot = loop.run(api::call(connection, api::snapshots::kStat, stat, soon()));
  EXPECT_TRUE(snapshot.failed_with(Errc::NotFound));
  EXPECT_EQ(containerd.mounts(), std::vector<std::string>{});
  EXPECT_EQ(*loop.run(containers.list(soon())), std::vector<std::string>{});
  EXPECT_TRUE(containerd.wait_until_no_shims());
}

TEST_F(Containers, RemovesOneThatWasNeverStarted) {
  ASSERT_TRUE(loop.run(containers.create(spec("new", {"sleep", "100"}), soon())));

  auto removed = loop.run(containers.remove("new", soon()));

  EXPECT_TRUE(removed) << removed.error();
  EXPECT_EQ(containerd.mounts(), std::vector<std::string>{});
}

Async<> create_three(runtime::Containers& where, runtime::ContainerSpec a, runtime::ContainerSpec b,
                     runtime::ContainerSpec c, Deadline by) {
  using namespace asio::experimental::awaitable_operators;
  auto results = co_await (where.create(std::move(a), by) && where.create(std::move(b), by) &&
                           where.create(std::move(c), by));
  BERTH_CO_CHECK(std::get<0>(results));
  BERTH_CO_CHECK(std::get<1>(results));
  co_return std::get<2>(results);
}

TEST_F(Containers, ShareOneShimWithinAGroup) {
  auto one = spec("one", {"sleep", "100"});
  auto two = spec("two", {"sleep", "100"});
  auto other = spec("other", {"sleep", "100"});
  one.group = two.group = "task-1";
  other.group = "task-2";
  auto made = loop.run(create_three(containers, one, two, other, soon()));

  ASSERT_TRUE(made) << made.error();
  EXPECT_EQ(containerd.shims().size(), 2U);
  ASSERT_TRUE(loop.run(containers.remove("one", soon())));
  EXPECT_EQ(containerd.shims().size(), 2U);
  EXPECT_TRUE(loop.run(containers.start("two", soon())));
}

TEST_F(Containers, BeginsAnewWhatWasLeftHalfMade) {
  // The record and the snapshot are there, the process is not: as after a crash in between.
  ASSERT_TRUE(loop.run(containers.create(spec("half", {"true"}), soon())));
  ASSERT_TRUE(loop.run(containers.release("half", soon())));

  auto created = loop.run(containers.create(spec("half", {"sh", "-c", "exit 3"}), soon()));
  auto started = loop.run(containers.start("half", soon()));

  ASSERT_TRUE(created) << created.error();
  ASSERT_TRUE(started) << started.error();
  EXPECT_EQ(end_of("half")->code, 3);
}

TEST_F(Containers, SaysInTheRuntimesWordsThatACommandIsNotThere) {
  auto created = loop.run(containers.create(spec("nosuch", {"nosuch"}), soon()));

  ASSERT_TRUE(created.failed_with(Errc::Invalid)) << created.error();
  EXPECT_NE(created.error().message.find("exec: \"nosuch\": executable file not found in $PATH"),
            std::string::npos)
      << created.error();
  EXPECT_EQ(created.error().message.find("unknown"), std::string::npos) << created.error();
}

TEST_F(Containers, SaysInTheRuntimesWordsThatAFileMayNotBeRun) {
  auto created = loop.run(containers.create(spec("data", {"/etc/passwd"}), soon()));

  ASSERT_TRUE(created.failed_with(Errc::Invalid)) << created.error();
  EXPECT_NE(created.error().message.find("permission denied"), std::string::npos)
      << created.error();
}

TEST_F(Containers, EndAtOnceWhenAFileIsNoProgram) {
  // runc finds out only when the process is on its way.
  const auto began = create_and_start(spec("noexec", {"/bin/not-a-program"}));
  ASSERT_TRUE(began) << began.error();

  const auto ended = end_of("noexec");

  EXPECT_NE(ended->code, 0);
  EXPECT_TRUE(says("noexec", "exec format error")) << output_of("noexec");
}

TEST_F(Containers, SaysThatTheImageIsGone) {
  auto lost = spec("lost", {"true"});
  lost.snapshot_parent = "sha256:nosuch";

  auto created = loop.run(containers.create(lost, soon()));

  EXPECT_TRUE(created.failed_with(Errc::NotFound)) << created.error();
}

TEST_F(Containers, RunAsTheUserTheImageKnows) {
  auto web = spec("web", {"id"});
  web.user = "web";
  auto root = spec("root", {"id"});
  auto stranger = spec("stranger", {"id"});
  stranger.user = "nobody-here";
  ASSERT_TRUE(create_and_start(web));
  ASSERT_TRUE(create_and_start(root));
  auto refused = loop.run(containers.create(stranger, soon()));
  ASSERT_TRUE(end_of("web"));
  ASSERT_TRUE(end_of("root"));

  EXPECT_EQ(output_of("web"), "uid=101(web) gid=102(web) groups=102(web),103(logs)\n");
  EXPECT_EQ(output_of("root"), "uid=0(root) gid=0(root) groups=0(root),10(wheel)\n");
  EXPECT_TRUE(refused.failed_with(Errc::Invalid));
  EXPECT_NE(refused.error().message.find("no user \"nobody-here\""), std::string::npos);
}

TEST_F(Containers, ReadUsersThroughAllLayersOfAnImage) {
  auto layered = spec("layered", {"id", "-u"});
  layered.snapshot_parent = containerd.add_layer("top", containerd.busybox(), {{"etc/motd", "x"}});
  layered.user = "web";

  ASSERT_TRUE(create_and_start(layered));
  ASSERT_TRUE(end_of("layered"));

  EXPECT_EQ(output_of("layered"), "101\n");
}

TEST_F(Containers, HaveTheirLimitsInTheirCgroup) {
  auto limited = spec("limited", {"sleep", "100"});
  limited.resources.memory_max = Bytes{64 << 20};
  limited.resources.cpu_shares = 512;
  ASSERT_TRUE(create_and_start(limited));
  const std::string path = containerd.cgroup_root() + "/limited";

  const auto read = [](const std::string& file) {
    std::ifstream in(file);
    std::string text;
    in >> text;
    return text;
  };
  const bool is_v2 = host_facts().cgroup_v2;
  const std::string memory = is_v2 ? "/sys/fs/cgroup" + path + "/memory.max"
                                   : "/sys/fs/cgroup/memory" + path + "/memory.limit_in_bytes";

  EXPECT_EQ(read(memory), std::to_string(64 << 20));
  if (!is_v2) {
    EXPECT_EQ(read("/sys/fs/cgroup/cpu" + path + "/cpu.shares"), "512");
  }
}

TEST_F(Containers, HaveTheirOwnHostnameReadOnlyRootAndEnvironment) {
  auto own = spec("own", {"sh", "-c", "hostname; echo $GREETING; touch /x 2>&1; echo $PATH"});
  own.hostname = "box";
  own.readonly_rootfs = true;
  own.env = {"GREETING=hello there"};

  ASSERT_TRUE(create_and_start(own));
  ASSERT_TRUE(end_of("own"));

  EXPECT_EQ(output_of("own"),
            "box\nhello there\ntouch: /x: Read-only file system\n"
            "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n");
}

TEST_F(Containers, PurgeEmptiesAndRemovesTheNamespace) {
  ASSERT_TRUE(create_and_start(spec("purged", {"sleep", "100"})));
  (void)containerd.add_layer("top", containerd.busybox(), {{"etc/motd", "x"}});

  for (int time = 0; time < 2; ++time) {
    auto purged = loop.run(runtime::purge_namespace(connection, containers, soon()));
    ASSERT_TRUE(purged) << purged.error();
  }

  EXPECT_EQ(*loop.run(containers.list(soon())), std::vector<std::string>{});
  EXPECT_EQ(containerd.mounts(), std::vector<std::string>{});
}

/// The collector does not tell a snapshot's parent that it has taken it: to the engine's call that
/// removes one, the parent has a child for good.
TEST_F(Containers, PurgeRemovesALayerWhoseChildTheCollectorTook) {
  const std::string layer = containerd.add_layer("top", containerd.busybox(), {{"etc/motd", "x"}});
  api::snapshots::PrepareSnapshotRequest prepare;
  prepare.set_snapshotter("overlayfs");
  prepare.set_key("child");
  prepare.set_parent(layer);
  ASSERT_TRUE(loop.run(api::call(connection, api::snapshots::kPrepare, prepare, soon())));
  api::leases::CreateRequest create;
  create.set_id("sweep");
  ASSERT_TRUE(loop.run(api::call(connection, api::leases::kCreate, create, soon())));
  api::leases::DeleteRequest sweep;
  sweep.set_id("sweep");
  sweep.set_sync(true);
  ASSERT_TRUE(loop.run(api::call(connection, api::leases::kDelete, sweep, soon())));
  api::snapshots::StatSnapshotRequest stat;
  stat.set_snapshotter("overlayfs");
  stat.set_key("child");
  ASSERT_TRUE(loop.run(api::call(connection, api::snapshots::kStat, stat, soon()))
                  .failed_with(Errc::NotFound));

  const auto purged = loop.run(runtime::purge_namespace(connection, containers, soon()));

  ASSERT_TRUE(purged) << purged.error();
}

TEST_F(Containers, FailAtOnceWhileTheEngineIsAway) {
  ASSERT_TRUE(create_and_start(spec("stays", {"sleep", "100"})));
  containerd.crash();

  auto unseen = loop.run(containers.state("stays", soon()));
  auto unmade = loop.run(containers.create(spec("more", {"true"}), soon()));
  containerd.start();
  Result<runtime::ContainerState> seen;
  for (const auto give_up = soon(); !seen && !give_up.has_passed();) {
    seen = loop.run(containers.state("stays", soon()));
  }

  EXPECT_TRUE(unseen.failed_with(Errc::Unavailable)) << unseen.error();
  EXPECT_TRUE(unmade.failed_with(Errc::Unavailable)) << unmade.error();
  ASSERT_TRUE(seen) << seen.error();
  EXPECT_EQ(seen->kind, Kind::Running);
}

}  // namespace
}  // namespace berth::testing
