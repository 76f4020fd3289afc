// containers_test.cpp - task and image merged, table by table.
#include "agent/plan/containers.hpp"

#include <gmock/gmock.h>

#include "tests/fakes/tasks.hpp"

namespace berth::plan {
namespace {

using berth::testing::a_container;
using berth::testing::a_record;
using berth::testing::a_task;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;
using Words = std::vector<std::string>;

Settings some_settings() {
  Settings settings;
  settings.logger = "/usr/bin/berth-logger";
  settings.region = "us-east-1";
  settings.host_name = "node-1";
  return settings;
}

runtime::Image some_image() {
  runtime::Image image;
  image.name = "127.0.0.1:5000/web:1";
  image.chain_id = "sha256:cc";
  image.config.entrypoint = {"/entry"};
  image.config.cmd = {"image-cmd"};
  return image;
}

Result<runtime::ContainerSpec> plan(const model::Record& record,
                                    const runtime::Image& image = some_image()) {
  return container_spec(record, 0, image, some_settings());
}

model::Record record_of(model::Container container) {
  return a_record(a_task({std::move(container)}));
}

TEST(ContainerSpec, MergesEntryPointAndCommandAsDockerDoes) {
  struct Case {
    std::optional<Words> entry_point, command;
    Words args;
  };
  const Case cases[] = {
      {std::nullopt, std::nullopt, {"/entry", "image-cmd"}},
      {std::nullopt, Words{}, {"/entry", "image-cmd"}},
      {std::nullopt, Words{"mine"}, {"/entry", "mine"}},
      {Words{}, Words{"mine"}, {"/entry", "mine"}},
      {Words{"/own", "-x"}, std::nullopt, {"/own", "-x"}},
      {Words{"/own"}, Words{}, {"/own"}},
      {Words{"/own"}, Words{"mine"}, {"/own", "mine"}},
      {Words{""}, Words{"mine"}, {"mine"}},
  };
  for (const Case& one : cases) {
    model::Container container = a_container("main");
    container.entry_point = one.entry_point;
    container.command = one.command;
    const auto spec = plan(record_of(container));
    ASSERT_TRUE(spec) << spec.error();
    EXPECT_EQ(spec->args, one.args);
  }
}

TEST(ContainerSpec, RefusesAContainerWithNothingToRun) {
  model::Container cleared = a_container("main");
  cleared.entry_point = Words{""};
  runtime::Image empty = some_image();
  empty.config.entrypoint.clear();
  empty.config.cmd.clear();
  for (const auto& spec : {plan(record_of(cleared)), plan(record_of(a_container("main")), empty)}) {
    ASSERT_FALSE(spec);
    EXPECT_EQ(spec.error().code, Errc::Invalid);
    EXPECT_EQ(spec.error().message, "no command specified");
  }
}

TEST(ContainerSpec, ShowsAContainerItsGpusWhateverItSaysItself) {
  model::Container container = a_container("main");
  container.environment = {{"NVIDIA_VISIBLE_DEVICES", "all"}};
  container.gpus = {"GPU-2", "GPU-1"};
  runtime::Image image = some_image();
  image.config.env = {"NVIDIA_VISIBLE_DEVICES=void"};

  const auto spec = plan(record_of(container), image);

  ASSERT_TRUE(spec) << spec.error();
  EXPECT_THAT(spec->env, Contains("NVIDIA_VISIBLE_DEVICES=GPU-2,GPU-1"));
  EXPECT_THAT(spec->env, Not(Contains("NVIDIA_VISIBLE_DEVICES=all")));
}

TEST(ContainerSpec, RunsContainersThatSeeGpusByTheRuntimeForThem) {
  struct Case {
    bool has_gpu, names_some, neighbour_has_gpu;
    const char* runtime;
  };
  const Case cases[] = {
      {false, false, false, "crun"},          {false, true, false, "crun"},
      {false, false, true, "crun"},           {false, true, true, "nvidia-runtime"},
      {true, false, false, "nvidia-runtime"}, {true, true, true, "nvidia-runtime"}};
  for (const Case& one : cases) {
    model::Container container = a_container("main");
    if (one.has_gpu) container.gpus = {"GPU-1"};
    if (one.names_some) container.environment = {{"NVIDIA_VISIBLE_DEVICES", "all"}};
    model::Container neighbour = a_container("side");
    if (one.neighbour_has_gpu) neighbour.gpus = {"GPU-2"};
    Settings settings = some_settings();
    settings.oci_runtime = "crun";
    settings.gpu_runtime = "nvidia-runtime";

    const auto spec =
        container_spec(a_record(a_task({container, neighbour})), 0, some_image(), settings);

    ASSERT_TRUE(spec) << spec.error();
    EXPECT_EQ(spec->oci_runtime, one.runtime);
  }
}

TEST(ContainerSpec, LetsTheTasksEnvironmentWinOverTheImages) {
  model::Container container = a_container("main");
  container.environment = {{"A", "task"}, {"EMPTY", ""}, {"B", "x=y"}, {"B", "last"}};
  runtime::Image image = some_image();
  image.config.env = {"PATH=/bin", "A=image", "C=image", "broken"};
  const auto spec = plan(record_of(container), image);
  ASSERT_TRUE(spec) << spec.error();
  EXPECT_THAT(spec->env, ElementsAre("PATH=/bin", "A=task", "C=image", "EMPTY=", "B=last",
                                     "AWS_REGION=us-east-1", "AWS_DEFAULT_REGION=us-east-1",
                                     "HOSTNAME=aaaaaaaaaaaa"));
}

TEST(ContainerSpec, AddsOnlyTheVariablesThatAreMissing) {
  model::Container container = a_container("main");
  container.environment = {{"AWS_DEFAULT_REGION", "eu-west-1"}, {"HOSTNAME", "mine"}};
  auto spec = plan(record_of(container));
  ASSERT_TRUE(spec) << spec.error();
  EXPECT_THAT(spec->env,
              ElementsAre("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                          "AWS_DEFAULT_REGION=eu-west-1", "HOSTNAME=mine"));
  EXPECT_THAT(spec->env, Not(Contains("TERM=xterm")));
  container.terminal = true;
  spec = plan(record_of(container));
  EXPECT_THAT(spec->env, Contains("TERM=xterm"));
}

TEST(ContainerSpec, TakesUserAndDirectoryFromTheTaskThenTheImage) {
  struct Case {
    const char *task, *image, *user, *cwd;
  };
  const Case cases[] = {{"", "", "", "/"}, {"", "/i", "/i", "/i"}, {"/t", "/i", "/t", "/t"}};
  for (const Case& one : cases) {
    model::Container container = a_container("main");
    container.user = container.working_directory = one.task;
    runtime::Image image = some_image();
    image.config.user = image.config.working_dir = one.image;
    const auto spec = plan(record_of(container), image);
    ASSERT_TRUE(spec) << spec.error();
    EXPECT_EQ(spec->user, one.user);
    EXPECT_EQ(spec->cwd, one.cwd);
  }
}

TEST(ContainerSpec, MountsTheTasksFilesVolumesAndTmpfs) {
  model::Container container = a_container("main");
  container.mounts = {{"/data", "data", "/mnt", true}, {"", "scratch", "/scratch", false}};
  container.tmpfs = {{"/run", "size=16m"}, {"/tmp", ""}};
  const model::Record record = record_of(container);
  const auto spec = plan(record);
  ASSERT_TRUE(spec) << spec.error();
  const std::string files = record.placement.files_dir;
  const std::vector<runtime::Mount> expected{
      {files + "/resolv.conf", "/etc/resolv.conf", "bind", {"rbind", "rw"}},
      {files + "/hosts", "/etc/hosts", "bind", {"rbind", "rw"}},
      {files + "/hostname", "/etc/hostname", "bind", {"rbind", "rw"}},
      {"/data", "/mnt", "bind", {"rbind", "ro", "rprivate"}},
      {files + "/volumes/scratch", "/scratch", "bind", {"rbind", "rw", "rprivate"}},
      {"tmpfs", "/run", "tmpfs", {"noexec", "nosuid", "nodev", "size=16m"}},
      {"tmpfs", "/tmp", "tmpfs", {"noexec", "nosuid", "nodev"}}};
  EXPECT_EQ(spec->mounts, expected);
  EXPECT_THAT(directories_for(record, 0), ElementsAre("/data", files + "/volumes/scratch"));
}

TEST(ContainerSpec, MountsATmpfsWithDockersDefaultsUnlessOthersAreGiven) {
  const std::pair<const char*, Words> cases[] = {
      {"", {"noexec", "nosuid", "nodev"}},
      {"size=16m,mode=1777", {"noexec", "nosuid", "nodev", "size=16m", "mode=1777"}},
      {"size=16m,exec", {"nosuid", "nodev", "size=16m", "exec"}},
      {"noexec,suid,,dev", {"noexec", "suid", "dev"}},
  };
  for (const auto& [given, options] : cases) {
    model::Container container = a_container("main");
    container.tmpfs = {{"/run", given}};

    const auto spec = plan(record_of(container));

    ASSERT_TRUE(spec) << spec.error();
    EXPECT_EQ(spec->mounts.back().options, options) << given;
  }
}

TEST(ContainerSpec, PutsTheContainerIntoItsTasksNetwork) {
  using Kind = runtime::NetworkNamespace::Kind;
  model::Record record = record_of(a_container("main"));
  record.placement.netns_path = "/run/netns/berth--1";
  EXPECT_EQ(plan(record)->network, (runtime::NetworkNamespace{Kind::Private, ""}));
  record.task.network_mode = model::NetworkMode::Host;
  EXPECT_EQ(plan(record)->network, (runtime::NetworkNamespace{Kind::Host, ""}));
  EXPECT_EQ(plan(record)->hostname, "node-1");
  record.task.network_mode = model::NetworkMode::Awsvpc;
  EXPECT_EQ(plan(record)->network, (runtime::NetworkNamespace{Kind::Path, "/run/netns/berth--1"}));
}

TEST(ContainerSpec, NamesEverythingAfterTheTask) {
  model::Container container = a_container("main");
  container.labels = {{"mine", "1"}, {"com.amazonaws.ecs.cluster", "forged"}};
  const model::Record record = record_of(container);
  const auto spec = plan(record);
  ASSERT_TRUE(spec) << spec.error();
  const std::string id(31, 'a');
  EXPECT_EQ(spec->id, id + "1-0");
  EXPECT_EQ(spec->group, id + "1");
  EXPECT_EQ(spec->cgroup_path, "/berth/test/" + spec->id);
  EXPECT_EQ(spec->snapshot_parent, "sha256:cc");
  const std::map<std::string, std::string> labels{
      {"mine", "1"},
      {"com.amazonaws.ecs.cluster", "lab"},
      {"com.amazonaws.ecs.container-name", "main"},
      {"com.amazonaws.ecs.task-arn", record.task.arn},
      {"com.amazonaws.ecs.task-definition-family", "web"},
      {"com.amazonaws.ecs.task-definition-version", "3"}};
  EXPECT_EQ(spec->labels, labels);
  EXPECT_EQ(log_spec_for(record, 0).directory, record.placement.logs_dir + "/main");
}

TEST(ContainerSpec, CarriesPrivilegesOver) {
  model::Container container = a_container("main");
  container.privileged = container.read_only_root = container.no_new_privileges = true;
  container.terminal = true;
  container.capabilities_add = {"NET_ADMIN"};
  container.capabilities_drop = {"ALL"};
  container.sysctls = {{"net.core.somaxconn", "1"}};
  container.shm_size = Bytes{4096};
  const auto spec = plan(record_of(container));
  ASSERT_TRUE(spec) << spec.error();
  EXPECT_TRUE(spec->privileged && spec->readonly_rootfs && spec->no_new_privileges);
  EXPECT_TRUE(spec->terminal);
  EXPECT_EQ(spec->capabilities_add, Words{"NET_ADMIN"});
  EXPECT_EQ(spec->capabilities_drop, Words{"ALL"});
  EXPECT_EQ(spec->sysctls, container.sysctls);
  EXPECT_EQ(spec->shm_size, Bytes{4096});
  EXPECT_EQ(plan(record_of(a_container("main")))->shm_size, Bytes{64 << 20});
}

}  // namespace
}  // namespace berth::plan
