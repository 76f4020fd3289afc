// task_change_test.cpp - what reports and requests make of a task.
#include "lab/task_change.hpp"

#include <gtest/gtest.h>

namespace berth::lab {
namespace {

using protocol::SubmitTaskStateChangeRequest;

constexpr WallTime kNow{std::chrono::seconds(1767225600)};

Task bridge_task() {
  Task task;
  task.arn = "arn:aws:ecs:us-east-1:123456789012:task/default/0123";
  task.id = "0123";
  task.definition_arn = "arn:aws:ecs:us-east-1:123456789012:task-definition/web:1";
  task.launch_type = "EC2";
  task.sent = Told::Run;
  for (const char* name : {"web", "side"}) {
    TaskContainer container;
    container.name = name;
    container.essential = std::string(name) == "web";
    container.checked = container.essential;
    container.cpu = "0";
    task.containers.push_back(container);
  }
  return task;
}

Task own_interface_task() {
  Task task = bridge_task();
  task.status = TaskStatus::Provisioning;
  task.interface = Interface();
  task.interface->attachment_id = "a";
  task.interface->address = "10.213.0.2";
  task.demand.own_interface = true;
  task.sent = Told::Attach;
  return task;
}

protocol::ContainerStateChange container(const char* name, const char* status,
                                         std::optional<std::int64_t> exit_code = {},
                                         const char* reason = "") {
  protocol::ContainerStateChange change;
  change.container_name = name;
  change.status = status;
  change.exit_code = exit_code;
  change.reason = reason;
  return change;
}

SubmitTaskStateChangeRequest report(const char* status,
                                    std::vector<protocol::ContainerStateChange> containers,
                                    const char* reason = "") {
  SubmitTaskStateChangeRequest request;
  request.status = status;
  request.containers = std::move(containers);
  request.reason = reason;
  return request;
}

TEST(Report, RunningIsStampedOnce) {
  Task task = bridge_task();

  apply(task, report("RUNNING", {container("web", "RUNNING"), container("side", "RUNNING")}), kNow);
  apply(task, report("RUNNING", {container("web", "RUNNING")}), kNow + std::chrono::seconds(9));

  EXPECT_EQ(task.status, TaskStatus::Running);
  EXPECT_EQ(task.started_at, kNow);
  EXPECT_EQ(task.containers[1].last_status, "RUNNING");
}

TEST(Report, NeverGoesBack) {
  Task task = bridge_task();
  apply(task, report("RUNNING", {container("web", "STOPPED", 3)}), kNow);

  apply(task, report("PENDING", {container("web", "RUNNING")}), kNow);

  EXPECT_EQ(task.status, TaskStatus::Running);
  EXPECT_EQ(task.containers[0].last_status, "STOPPED");
  EXPECT_EQ(task.containers[0].exit_code, 3);
}

TEST(Report, OfAStoppedTaskChangesNothing) {
  Task task = bridge_task();
  apply(task, report("STOPPED", {container("web", "STOPPED", 1)}), kNow);
  const std::string before = to_record(task).dump();

  apply(task, report("RUNNING", {container("web", "RUNNING", 7)}), kNow);

  EXPECT_EQ(to_record(task).dump(), before);
}

TEST(Report, NamesTheCauseOfAnEnd) {
  struct Case {
    const char* why;
    bool ran_before;
    SubmitTaskStateChangeRequest last;
    const char* code;
    const char* reason;
  };
  const char* pull = "CannotPullContainerError: not found";
  const Case cases[] = {
      {"essential exited", true, report("STOPPED", {container("web", "STOPPED", 0)}),
       "EssentialContainerExited", "Essential container in task exited"},
      {"exited before RUNNING was told", false,
       report("STOPPED", {container("web", "STOPPED", 1), container("side", "STOPPED", 137)}),
       "EssentialContainerExited", "Essential container in task exited"},
      {"cannot pull", false, report("STOPPED", {container("web", "STOPPED", {}, pull)}),
       "TaskFailedToStart", pull},
      {"cannot pull beside one that ran", false,
       report("STOPPED",
              {container("side", "STOPPED", 143), container("web", "STOPPED", {}, pull)}),
       "TaskFailedToStart", pull},
      {"dependency never came", false,
       report("STOPPED", {container("web", "STOPPED", 143, "CannotStartContainerError: late")}),
       "TaskFailedToStart", "CannotStartContainerError: late"},
      {"task's own reason", false, report("STOPPED", {}, "CgroupError: no"), "TaskFailedToStart",
       "CgroupError: no"},
      {"nothing known", false, report("STOPPED", {}), "TaskFailedToStart", "Task failed to start"},
      {"out of memory", true,
       report("STOPPED", {container("web", "STOPPED", 137, "OutOfMemoryError: killed")}),
       "EssentialContainerExited", "Essential container in task exited"},
  };
  for (const Case& c : cases) {
    Task task = bridge_task();
    if (c.ran_before) apply(task, report("RUNNING", {container("web", "RUNNING")}), kNow);
    apply(task, c.last, kNow);
    EXPECT_EQ(task.status, TaskStatus::Stopped) << c.why;
    EXPECT_EQ(task.stop_code, c.code) << c.why;
    EXPECT_EQ(task.stopped_reason, c.reason) << c.why;
    EXPECT_EQ(task.stopped_at, kNow) << c.why;
    EXPECT_EQ(task.desired, "STOPPED") << c.why;
  }
}

TEST(Report, OfAnEssentialExitWantsTheRestStopped) {
  Task task = bridge_task();
  apply(task, report("RUNNING", {container("web", "RUNNING"), container("side", "RUNNING")}), kNow);

  apply(task, report("RUNNING", {container("web", "STOPPED", 5)}), kNow);

  EXPECT_EQ(task.status, TaskStatus::Running);
  EXPECT_EQ(task.desired, "STOPPED");
  EXPECT_EQ(task.stop_code, "EssentialContainerExited");
  EXPECT_EQ(wanted(task), Told::Stop);
}

TEST(Report, OfANonEssentialExitLeavesTheTaskAlone) {
  Task task = bridge_task();

  apply(task, report("RUNNING", {container("web", "RUNNING"), container("side", "STOPPED", 1)}),
        kNow);

  EXPECT_EQ(task.desired, "RUNNING");
  EXPECT_EQ(task.stop_code, "");
}

TEST(WantStopped, KeepsTheFirstReason) {
  Task task = bridge_task();
  apply(task, report("RUNNING", {container("web", "RUNNING")}), kNow);

  want_stopped(task, "UserInitiated", "maintenance", kNow);
  want_stopped(task, "UserInitiated", "again", kNow);
  apply(task, report("STOPPED", {container("web", "STOPPED", 143)}), kNow);

  EXPECT_EQ(task.stop_code, "UserInitiated");
  EXPECT_EQ(task.stopped_reason, "maintenance");
  EXPECT_EQ(task.stopping_at, kNow);
}

TEST(WantStopped, EndsAtOnceWhatTheAgentNeverHeardOf) {
  for (const Told told : {Told::Nothing, Told::Attach}) {
    Task task = own_interface_task();
    task.sent = told;

    want_stopped(task, "UserInitiated", "no more", kNow);

    EXPECT_EQ(task.status, TaskStatus::Deprovisioning);
    EXPECT_EQ(wanted(task), Told::Nothing);
  }
}

TEST(OwnInterface, WaitsForItsAttachment) {
  Task task = own_interface_task();
  EXPECT_EQ(wanted(task), Told::Attach);

  EXPECT_TRUE(attached(task));
  EXPECT_FALSE(attached(task));

  EXPECT_EQ(task.status, TaskStatus::Pending);
  EXPECT_EQ(wanted(task), Told::Run);
}

TEST(OwnInterface, IsGivenBackAfterTheEnd) {
  Task task = own_interface_task();
  attached(task);
  apply(task, report("STOPPED", {container("web", "STOPPED", 0)}), kNow);
  EXPECT_EQ(task.status, TaskStatus::Deprovisioning);
  EXPECT_FALSE(task.is_live());
  EXPECT_EQ(task.stopped_at, kNow);

  deprovisioned(task);

  EXPECT_EQ(task.status, TaskStatus::Stopped);
  EXPECT_EQ(task.interface->status, "DELETED");
}

TEST(Health, IsThatOfTheEssentialCheckedContainers) {
  struct Case {
    std::vector<std::pair<const char*, const char*>> said;
    const char* task;
  };
  for (const Case& c :
       {Case{{{"web", "HEALTHY"}}, "HEALTHY"}, Case{{{"web", "UNHEALTHY"}}, "UNHEALTHY"},
        Case{{{"side", "UNHEALTHY"}}, "UNKNOWN"},
        Case{{{"web", "HEALTHY"}, {"side", "UNHEALTHY"}}, "HEALTHY"},
        Case{{{"web", "HEALTHY"}, {"web", "UNKNOWN"}}, "UNKNOWN"}}) {
    Task task = bridge_task();
    for (const auto& [name, status] : c.said) {
      protocol::TaskHealth health;
      health.containers.push_back({name, status, std::nullopt, ""});
      EXPECT_TRUE(apply(task, health));
      EXPECT_FALSE(apply(task, health));
    }
    EXPECT_EQ(task.health, c.task);
  }
}

TEST(Health, WaitsForEveryEssentialCheckedContainer) {
  Task task = bridge_task();
  task.containers[1].essential = task.containers[1].checked = true;
  protocol::TaskHealth health;
  health.containers.push_back({"web", "HEALTHY", std::nullopt, ""});

  apply(task, health);
  EXPECT_EQ(task.health, "UNKNOWN");
  health.containers[0].container_name = "side";
  apply(task, health);

  EXPECT_EQ(task.health, "HEALTHY");
}

TEST(TaskRecord, ComesBackWhole) {
  Task task = own_interface_task();
  task.cpu = "256";
  task.tags = Json::array({{{"key", "a"}, {"value", "b"}}});
  task.client_token = "t";
  attached(task);
  auto running = report("RUNNING", {container("web", "RUNNING")});
  running.containers[0].network_bindings.push_back({"0.0.0.0", 80, 32768, "tcp", "", ""});
  running.containers[0].image_digest = "sha256:1";
  running.pull_started_at = kNow;
  apply(task, running, kNow);

  const auto again = task_from_record(Json::parse(dump_json(to_record(task))));

  ASSERT_TRUE(again) << again.error();
  EXPECT_EQ(to_record(*again), to_record(task));
  EXPECT_EQ(again->interface->address, "10.213.0.2");
  EXPECT_EQ(again->pull_started_at, kNow);
}

TEST(TaskRecord, RefusesWhatItDidNotWrite) {
  EXPECT_TRUE(task_from_record(Json::object()).failed_with(Errc::Broken));
  EXPECT_TRUE(
      task_from_record(Json::parse(R"({"shown": {"taskArn": 3}})")).failed_with(Errc::Broken));
}

}  // namespace
}  // namespace berth::lab
