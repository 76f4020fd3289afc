// admin.cpp - the admin API's words to JSON and back.
#include "agent/local/admin.hpp"

#include "base/json.hpp"

namespace berth::local {

namespace {

constexpr std::size_t kMostBytes = 64 << 20;  // of a list of tasks

Json encode(const ContainerView& container) {
  Json json = {{"name", container.name},
               {"runtimeId", container.runtime_id},
               {"image", container.image},
               {"status", container.status},
               {"health", container.health},
               {"reason", container.reason},
               {"logDirectory", container.log_directory},
               {"restarts", container.restarts}};
  if (container.exit_code) json["exitCode"] = *container.exit_code;
  return json;
}

Json encode(const TaskView& task) {
  Json containers = Json::array();
  for (const ContainerView& container : task.containers) containers.push_back(encode(container));
  return {{"arn", task.arn},
          {"id", task.id()},
          {"family", task.family},
          {"revision", task.revision},
          {"status", task.status},
          {"desired", task.desired},
          {"health", task.health},
          {"address", task.address},
          {"createdMs", task.created.time_since_epoch().count()},
          {"stoppedReason", task.stopped_reason},
          {"containers", std::move(containers)}};
}

Json encode(const std::vector<FindingView>& findings) {
  Json list = Json::array();
  for (const FindingView& finding : findings) {
    list.push_back({{"kind", finding.kind},
                    {"object", finding.object},
                    {"name", finding.name},
                    {"task", finding.task},
                    {"reason", finding.reason}});
  }
  return list;
}

Json encode(const FileView& file) {
  Json json = {{"name", file.name},
               {"family", file.family},
               {"taskArn", file.task_arn},
               {"failures", file.failures},
               {"complaint", file.complaint}};
  if (file.starts) json["startsMs"] = file.starts->time_since_epoch().count();
  if (file.found_free) json["foundFree"] = *file.found_free;
  return json;
}

std::string at(std::string_view where, std::size_t index) {
  return std::string(where) + "[" + std::to_string(index) + "]";
}

Result<ContainerView> decode_container(const Json& json, const std::string& where) {
  JsonReader in(json, where);
  ContainerView container;
  container.name = in.text("name");
  container.runtime_id = in.text("runtimeId");
  container.image = in.text("image");
  container.status = in.text("status");
  container.health = in.text("health");
  container.reason = in.text("reason");
  container.log_directory = in.text("logDirectory");
  container.restarts = static_cast<int>(in.integer("restarts"));
  if (const auto code = in.maybe_integer("exitCode")) container.exit_code = static_cast<int>(*code);
  if (auto bad = in.failed()) return *bad;
  return container;
}

Result<TaskView> decode_task(const Json& json, const std::string& where) {
  JsonReader in(json, where);
  TaskView task;
  task.arn = in.text("arn");
  task.family = in.text("family");
  task.revision = in.text("revision");
  task.status = in.text("status");
  task.desired = in.text("desired");
  task.health = in.text("health");
  task.address = in.text("address");
  task.created = WallTime(std::chrono::milliseconds(in.integer("createdMs")));
  task.stopped_reason = in.text("stoppedReason");
  for (const Json* each : in.array("containers")) {
    const std::string place = at(where + ".containers", task.containers.size());
    BERTH_TRY(ContainerView container, decode_container(*each, place));
    task.containers.push_back(std::move(container));
  }
  if (auto bad = in.failed()) return *bad;
  return task;
}

Result<std::vector<FindingView>> decode_findings(const std::vector<const Json*>& list,
                                                 std::string_view where) {
  std::vector<FindingView> findings;
  for (const Json* each : list) {
    JsonReader in(*each, at(where, findings.size()));
    findings.push_back(
        {in.text("kind"), in.text("object"), in.text("name"), in.text("task"), in.text("reason")});
    if (auto bad = in.failed()) return *bad;
  }
  return findings;
}

}  // namespace

std::string TaskView::id() const {
  const std::size_t slash = arn.rfind('/');
  return slash == std::string::npos ? arn : arn.substr(slash + 1);
}

std::string to_json(const VersionView& version) {
  return dump_json({{"version", version.version},
                    {"cluster", version.cluster},
                    {"containerInstanceArn", version.container_instance},
                    {"pid", version.pid}});
}

std::string to_json(const TaskView& task) {
  return dump_json(encode(task));
}

std::string to_json(const std::vector<TaskView>& tasks, const std::vector<FileView>& files) {
  Json task_list = Json::array();
  Json file_list = Json::array();
  for (const TaskView& task : tasks) task_list.push_back(encode(task));
  for (const FileView& file : files) file_list.push_back(encode(file));
  return dump_json({{"tasks", std::move(task_list)}, {"files", std::move(file_list)}});
}

std::string to_json(const LogsView& logs) {
  Json list = Json::array();
  for (const LogView& log : logs.containers) {
    list.push_back(
        {{"name", log.container}, {"directory", log.directory}, {"stopped", log.stopped}});
  }
  return dump_json({{"taskArn", logs.task_arn}, {"containers", std::move(list)}});
}

std::string to_json(const AuditView& audit) {
  return dump_json({{"findings", encode(audit.findings)}, {"removed", encode(audit.removed)}});
}

std::string to_json(const DrainView& drain) {
  return dump_json({{"draining", drain.draining},
                    {"running", drain.running},
                    {"unsent", drain.unsent},
                    {"controlPlane", drain.control_plane}});
}

std::string to_json(const Refusal& refusal) {
  return dump_json({{"message", refusal.message}, {"candidates", refusal.candidates}});
}

Result<VersionView> read_version(std::string_view body) {
  BERTH_TRY(const Json json, parse_json(body));
  JsonReader in(json, "version");
  VersionView version;
  version.version = in.text("version");
  version.cluster = in.text("cluster");
  version.container_instance = in.text("containerInstanceArn");
  version.pid = in.integer("pid");
  if (auto bad = in.failed()) return *bad;
  return version;
}

Result<TaskView> read_task(std::string_view body) {
  BERTH_TRY(const Json json, parse_json(body));
  return decode_task(json, "task");
}

Result<std::vector<TaskView>> read_tasks(std::string_view body) {
  BERTH_TRY(const Json json, parse_json(body, kMostBytes));
  JsonReader in(json, "answer");
  std::vector<TaskView> tasks;
  for (const Json* each : in.array("tasks")) {
    BERTH_TRY(TaskView task, decode_task(*each, at("tasks", tasks.size())));
    tasks.push_back(std::move(task));
  }
  if (auto bad = in.failed()) return *bad;
  return tasks;
}

Result<std::vector<FileView>> read_files(std::string_view body) {
  BERTH_TRY(const Json json, parse_json(body, kMostBytes));
  JsonReader in(json, "answer");
  std::vector<FileView> files;
  for (const Json* each : in.array("files")) {
    JsonReader one(*each, at("files", files.size()));
    FileView file{one.text("name"),    one.text("family"),
                  one.text("taskArn"), static_cast<int>(one.integer("failures")),
                  std::nullopt,        one.text("complaint")};
    if (const auto starts = one.maybe_integer("startsMs")) {
      file.starts = WallTime(std::chrono::milliseconds(*starts));
    }
    if (const auto found = one.maybe_integer("foundFree")) {
      file.found_free = static_cast<int>(*found);
    }
    if (auto bad = one.failed()) return *bad;
    files.push_back(std::move(file));
  }
  if (auto bad = in.failed()) return *bad;
  return files;
}

Result<LogsView> read_logs(std::string_view body) {
  BERTH_TRY(const Json json, parse_json(body));
  JsonReader in(json, "logs");
  LogsView logs;
  logs.task_arn = in.text("taskArn");
  for (const Json* each : in.array("containers")) {
    JsonReader log(*each, at("logs.containers", logs.containers.size()));
    logs.containers.push_back({log.text("name"), log.text("directory"), log.boolean("stopped")});
    if (auto bad = log.failed()) return *bad;
  }
  if (auto bad = in.failed()) return *bad;
  return logs;
}

Result<AuditView> read_audit(std::string_view body) {
  constexpr std::size_t kMostBytes = 64 << 20;
  BERTH_TRY(const Json json, parse_json(body, kMostBytes));
  JsonReader in(json, "audit");
  AuditView audit;
  BERTH_TRY(audit.findings, decode_findings(in.array("findings"), "findings"));
  BERTH_TRY(audit.removed, decode_findings(in.array("removed"), "removed"));
  if (auto bad = in.failed()) return *bad;
  return audit;
}

Result<DrainView> read_drain(std::string_view body) {
  BERTH_TRY(const Json json, parse_json(body));
  JsonReader in(json, "drain");
  DrainView drain;
  drain.draining = in.boolean("draining");
  drain.running = in.integer("running");
  drain.unsent = in.integer("unsent");
  drain.control_plane = in.text("controlPlane");
  if (auto bad = in.failed()) return *bad;
  return drain;
}

Result<Refusal> read_refusal(std::string_view body) {
  BERTH_TRY(const Json json, parse_json(body));
  JsonReader in(json, "refusal");
  Refusal refusal;
  refusal.message = in.text("message");
  refusal.candidates = in.texts("candidates");
  if (auto bad = in.failed()) return *bad;
  return refusal;
}

}  // namespace berth::local
