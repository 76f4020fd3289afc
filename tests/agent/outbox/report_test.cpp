// report_test.cpp - what is told when, member for member.
#include "agent/outbox/report.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "agent/model/ids.hpp"
#include "base/json.hpp"
#include "tests/fakes/tasks.hpp"

namespace berth::outbox {
namespace {

using model::ContainerStatus;
using model::FaultKind;
using model::TaskStatus;
using testing::a_container;

WallTime at_ms(std::int64_t ms) {
  return WallTime{std::chrono::milliseconds(ms)};
}

/// The bodies of SubmitTaskStateChange in a recorded trace, in their order.
std::vector<Json> told_in(const std::string& scenario) {
  std::ifstream file(std::string(BERTH_TEST_DATA) + "/ecs-agent-traces/" + scenario + ".json");
  std::stringstream text;
  text << file.rdbuf();
  std::vector<Json> bodies;
  const Json trace = Json::parse(text.str());
  for (const Json& record : trace["records"]) {
    if (record["kind"] == "api.req" && record["name"] == "SubmitTaskStateChange") {
      bodies.push_back(record["body"]);
    }
  }
  return bodies;
}

/// What the reference agent told, with its own runtime id made into ours.
Json as_ours(Json recorded) {
  const std::string id = model::task_id_of(recorded["task"].get<std::string>());
  for (Json& container : recorded["containers"]) {
    if (container.contains("runtimeId")) container["runtimeId"] = model::container_id_of(id, 0);
  }
  return recorded;
}

/// A task like those of the traces: one container "main".
model::Record traced_record(const Json& body) {
  model::Record record = testing::a_record(testing::a_task({a_container("main")}));
  record.task.arn = body["task"].get<std::string>();
  return record;
}

Json body_of(const model::Record& record, const std::string& cluster = "mockcluster") {
  const std::optional<records::Report> report = report_of(record, cluster);
  return report ? Json::parse(report->body) : Json();
}

void set(model::Record& record, ContainerStatus status) {
  record.containers[0].known = status;
  record.known = static_cast<TaskStatus>(status);
}

/// The moment written as `member` in seconds since the epoch.
WallTime moment(const Json& body, const char* member) {
  return from_epoch_seconds(body[member].get<double>());
}

/// RUNNING first, then STOPPED with this exit code, as the trace has both.
void expect_run_and_exit(const std::string& scenario, int exit_code) {
  const std::vector<Json> recorded = told_in(scenario);
  ASSERT_EQ(recorded.size(), 2u);
  model::Record record = traced_record(recorded[0]);
  record.containers[0].created_at = at_ms(1);
  set(record, ContainerStatus::Running);
  EXPECT_EQ(body_of(record), as_ours(recorded[0]));

  record.told = TaskStatus::Running;
  record.containers[0].told = ContainerStatus::Running;
  set(record, ContainerStatus::Stopped);
  record.execution_stopped_at = moment(recorded[1], "executionStoppedAt");
  record.containers[0].exit = model::Exit{exit_code, *record.execution_stopped_at};
  EXPECT_EQ(body_of(record), as_ours(recorded[1]));
}

TEST(Report, TellsARunAsTheReferenceAgentDoes) {
  expect_run_and_exit("02-exit0", 0);
}

TEST(Report, TellsAKilledContainerAsTheReferenceAgentDoes) {
  expect_run_and_exit("06-stop-stoptimeout", 137);
}

TEST(Report, TellsAnImageThatCannotBePulledAsTheReferenceAgentDoes) {
  const std::vector<Json> recorded = told_in("07-image-cannot-pull");
  ASSERT_EQ(recorded.size(), 1u);
  model::Record record = traced_record(recorded[0]);
  set(record, ContainerStatus::Stopped);
  record.pull_started_at = moment(recorded[0], "pullStartedAt");
  record.pull_stopped_at = moment(recorded[0], "pullStoppedAt");
  record.execution_stopped_at = moment(recorded[0], "executionStoppedAt");
  record.containers[0].fault = model::Fault{FaultKind::CannotPull, "connection refused"};
  Json expected = as_ours(recorded[0]);
  // Docker asks for the manifest in a step of its own; its words are the daemon's.
  expected["containers"][0]["reason"] = "CannotPullContainerError: connection refused";
  EXPECT_EQ(body_of(record), expected);
}

TEST(Report, SaysWhenThereIsNews) {
  struct Case {
    TaskStatus known, told;
    ContainerStatus container, container_told;
    const char* status;  ///< nullptr is no report
  };
  using C = ContainerStatus;
  using T = TaskStatus;
  const Case cases[] = {
      {T::None, T::None, C::None, C::None, nullptr},
      {T::Pulled, T::None, C::Pulled, C::None, nullptr},
      {T::Created, T::None, C::Created, C::None, nullptr},
      {T::Running, T::None, C::Running, C::None, "RUNNING"},
      {T::Running, T::Running, C::Running, C::Running, nullptr},
      {T::Created, T::Created, C::Running, C::None, "PENDING"},
      {T::Created, T::None, C::Stopped, C::Running, "PENDING"},
      {T::Running, T::Running, C::Stopped, C::Running, "RUNNING"},
      {T::Stopped, T::Running, C::Stopped, C::Running, "STOPPED"},
      {T::Stopped, T::Running, C::Stopped, C::Stopped, "STOPPED"},
      {T::Stopped, T::None, C::Stopped, C::None, "STOPPED"},
      {T::Stopped, T::Stopped, C::Stopped, C::Running, nullptr},
  };
  for (const Case& one : cases) {
    model::Record record = testing::a_record(testing::a_task({a_container("main")}));
    record.known = one.known;
    record.told = one.told;
    record.containers[0].known = one.container;
    record.containers[0].told = one.container_told;
    SCOPED_TRACE(std::string(name_of(one.known)) + " told " + std::string(name_of(one.told)) +
                 ", container " + std::string(name_of(one.container)) + " told " +
                 std::string(name_of(one.container_told)));
    const std::optional<records::Report> report = report_of(record, "lab");
    ASSERT_EQ(report.has_value(), one.status != nullptr);
    if (!report) continue;
    EXPECT_EQ(Json::parse(report->body)["status"], one.status);
    EXPECT_EQ(report->final, one.known == T::Stopped);
    EXPECT_EQ(report->task_arn, record.task.arn);
  }
}

TEST(Report, TellsWhichHostPortsAContainerHas) {
  model::Record record = testing::a_record(testing::a_task({a_container("web")}));
  record.known = TaskStatus::Running;
  record.containers[0].known = ContainerStatus::Running;
  record.containers[0].bindings = {{80, 80, 8080, 8080, "tcp"}, {90, 92, 40000, 40002, "udp"}};

  const auto told = [&record](bool with_v6) {
    return Json::parse(report_of(record, "lab", with_v6)->body)["containers"][0]["networkBindings"];
  };

  const Json v4 = Json::array(
      {{{"bindIP", "0.0.0.0"}, {"containerPort", 80}, {"hostPort", 8080}, {"protocol", "tcp"}},
       {{"bindIP", "0.0.0.0"},
        {"containerPortRange", "90-92"},
        {"hostPortRange", "40000-40002"},
        {"protocol", "udp"}}});
  EXPECT_EQ(told(false), v4);
  EXPECT_EQ(told(true).size(), 4U);
  EXPECT_EQ(told(true)[3]["bindIP"], "::");
}

TEST(Report, NamesOnlyContainersWithNews) {
  model::Record record = testing::a_record(
      testing::a_task({a_container("old"), a_container("new"), a_container("coming")}));
  record.known = TaskStatus::Pulled;
  record.containers[0].known = record.containers[0].told = ContainerStatus::Running;
  record.containers[1].known = ContainerStatus::Running;
  record.containers[1].created_at = at_ms(1);
  record.containers[1].image_digest = "sha256:12";
  record.containers[2].known = ContainerStatus::Pulled;
  const Json expected = Json::parse(R"([{"containerName": "new", "status": "RUNNING",
      "imageDigest": "sha256:12", "runtimeId": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1-1"}])");
  EXPECT_EQ(body_of(record)["containers"], expected);
}

TEST(Report, LeavesOutTheExitCodeOfWhatNeverRan) {
  model::Record record = testing::a_record(testing::a_task({a_container("main")}));
  set(record, ContainerStatus::Stopped);
  Json told = body_of(record)["containers"][0];
  EXPECT_EQ(told, Json::parse(R"({"containerName": "main", "status": "STOPPED"})"));
  record.containers[0].exit = model::Exit{0, at_ms(1)};
  told = body_of(record)["containers"][0];
  EXPECT_EQ(told["exitCode"], 0);
}

TEST(Report, BlamesMemoryOnlyForAKilledMainProcess) {
  struct Case {
    std::optional<int> code;
    const char* reason;
  };
  const Case cases[] = {{137, "OutOfMemoryError: Container killed due to memory usage"},
                        {0, ""},
                        {1, ""},
                        {143, ""},
                        {std::nullopt, ""}};
  for (const Case& one : cases) {
    model::Record record = testing::a_record(testing::a_task({a_container("main")}));
    set(record, ContainerStatus::Stopped);
    record.containers[0].fault =
        model::Fault{FaultKind::OutOfMemory, "Container killed due to memory usage"};
    if (one.code) record.containers[0].exit = model::Exit{*one.code, at_ms(1)};
    EXPECT_EQ(body_of(record)["containers"][0].value("reason", ""), one.reason);
  }
}

TEST(Report, GivesNoReasonForAContainerThatStillRuns) {
  model::Record record = testing::a_record(testing::a_task({a_container("main")}));
  set(record, ContainerStatus::Running);
  record.containers[0].fault = model::Fault{FaultKind::CannotStart, "late"};
  EXPECT_FALSE(body_of(record)["containers"][0].contains("reason"));
}

TEST(Report, WordsEachFaultAsEcsDoes) {
  const std::pair<FaultKind, const char*> cases[] = {
      {FaultKind::CannotResolve, "CannotPullImageManifestError: m"},
      {FaultKind::CannotPull, "CannotPullContainerError: m"},
      {FaultKind::CannotCreate, "CannotCreateContainerError: m"},
      {FaultKind::CannotStart, "CannotStartContainerError: m"},
      {FaultKind::CannotStop, "CannotStopContainerError: m"},
      {FaultKind::Vanished, "ContainerVanishedError: m"},
      {FaultKind::OutOfMemory, "OutOfMemoryError: m"},
      {FaultKind::DependencyFailed, "CannotStartContainerError: dependency graph: m"},
      {FaultKind::TimedOut, "DockerTimeoutError: m"},
      {FaultKind::Network,
       "ContainerNetworkingError: container resource provisioning: failed to setup network "
       "namespace: m"},
      {FaultKind::Cgroup, "CgroupError: Agent could not create task's platform resources: m"},
      {FaultKind::Refused, "m"},
  };
  for (const auto& [kind, text] : cases) EXPECT_EQ(reason_text({kind, "m"}), text);
}

TEST(ReasonText, SaysWhatToDoAboutAFailedPull) {
  const std::string denied = "pull access denied for web, repository does not exist: ";
  const std::pair<std::string, const char*> rows[] = {
      {denied + "denied: User: arn:aws:sts::1:assumed-role/r/x is not authorized to perform: "
                "ecr:BatchGetImage on resource: arn:aws:ecr:::repository/web",
       "The task can’t pull the image. Check that the role has the permissions to pull images from "
       "the registry. "},
      {denied + "denied: requested access to the resource is denied",
       "The task can’t pull the image. Check whether the image exists. "},
      {"Get \"https://r/v2/\": net/http: request canceled while waiting for connection",
       "The task can’t pull the image. Check your network configuration. "},
      {denied + "denied: User: x is not authorized to perform: ecr:GetImage", ""},
      {"connection refused", ""}};
  for (const auto& [text, lead] : rows) {
    EXPECT_EQ(reason_text({FaultKind::CannotPull, text}),
              "CannotPullContainerError: " + (lead + text));
    EXPECT_EQ(reason_text({FaultKind::CannotResolve, text}),
              "CannotPullImageManifestError: " + text);
  }
}

TEST(Report, TellsTheTasksOwnFaultAsItsReason) {
  model::Record record = testing::a_record(testing::a_task({a_container("main")}));
  set(record, ContainerStatus::Stopped);
  record.fault = model::Fault{FaultKind::Cgroup, "mkdir: Permission denied"};
  EXPECT_EQ(body_of(record)["reason"], reason_text(*record.fault));
}

TEST(Report, TellsARefusedTaskWithoutContainers) {
  const records::Report report = refusal_report("arn:task/1", "lab", "unknown volume");
  EXPECT_EQ(report.task_arn, "arn:task/1");
  EXPECT_TRUE(report.final);
  EXPECT_EQ(Json::parse(report.body),
            Json::parse(R"({"cluster": "lab", "task": "arn:task/1", "status": "STOPPED",
                            "reason": "unknown volume"})"));
  model::Record record = testing::a_record(testing::a_task({}), model::Goal::Stopped);
  record.known = TaskStatus::Stopped;
  record.fault = model::Fault{FaultKind::Refused, "unknown volume"};
  EXPECT_EQ(Json::parse(report_of(record, "lab")->body),
            Json::parse(refusal_report(record.task.arn, "lab", "unknown volume").body));
}

TEST(Report, TellsAnAttachedInterface) {
  records::Attachment attachment;
  attachment.arn = "arn:attachment/1";
  attachment.task_arn = "arn:task/1";
  attachment.expires_at = at_ms(60'000);
  const records::Report report = attached_report(attachment, "lab");
  EXPECT_FALSE(report.final);
  EXPECT_EQ(report.call, records::ReportCall::Task);
  EXPECT_EQ(report.expires_at, attachment.expires_at);
  const Json body = Json::parse(report.body);
  EXPECT_EQ(body["task"], "arn:task/1");
  EXPECT_EQ(body["attachments"],
            Json::parse(R"([{"attachmentArn": "arn:attachment/1", "status": "ATTACHED"}])"));
  EXPECT_FALSE(body.contains("containers"));
}

TEST(Report, TellsAnAttachedInterfaceOfTheInstanceByItsOwnCall) {
  records::Attachment attachment;
  attachment.arn = "arn:attachment/1";
  const records::Report report = attached_report(attachment, "lab");
  EXPECT_EQ(report.call, records::ReportCall::Attachments);
  EXPECT_EQ(report.task_arn, "arn:attachment/1");
  EXPECT_EQ(Json::parse(report.body), Json::parse(R"({"cluster": "lab", "attachments": [
                {"attachmentArn": "arn:attachment/1", "status": "ATTACHED"}]})"));
}

TEST(ReportOf, TellsNothingOfALocalTask) {
  model::Record record = testing::a_record(testing::a_task({a_container("main")}));
  for (const ContainerStatus status : {ContainerStatus::Running, ContainerStatus::Stopped}) {
    set(record, status);
    record.task.origin = model::Origin::ControlPlane;
    EXPECT_TRUE(report_of(record, "lab"));

    record.task.origin = model::Origin::Local;

    EXPECT_FALSE(report_of(record, "lab"));
  }
}

}  // namespace
}  // namespace berth::outbox
