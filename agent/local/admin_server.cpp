// admin_server.cpp - paths to answers.
#include "agent/local/admin_server.hpp"

#include <algorithm>

#include "agent/model/ids.hpp"

namespace berth::local {

namespace {

constexpr std::string_view kTasksPath = "/v1/tasks";
constexpr std::string_view kAuditPath = "/v1/audit";
constexpr std::string_view kDrainPath = "/v1/drain";
constexpr std::string_view kPlanPath = "/v1/plan";
constexpr std::string_view kPlanFilePath = "/v1/plan/file";
constexpr std::string_view kTaskPrefix = "/v1/tasks/";
constexpr std::string_view kLogsSuffix = "/logs";
constexpr std::string_view kWhySuffix = "/why";
constexpr std::string_view kTimelineSuffix = "/timeline";

http::Response respond(int status, std::string body) {
  http::Response response;
  response.status = status;
  response.headers = {{"Content-Type", "application/json"}};
  response.body = std::move(body) + "\n";
  return response;
}

http::Response refuse(int status, std::string message, std::vector<std::string> candidates = {}) {
  return respond(status, to_json(Refusal{std::move(message), std::move(candidates)}));
}

// Those of `tasks` that `wanted` can mean: the one with that ARN or id, else all whose id begins
// so.
template <class Task, class ArnOf>
std::vector<Task> find_tasks(std::vector<Task> tasks, const std::string& wanted, ArnOf arn_of) {
  const auto named = std::find_if(tasks.begin(), tasks.end(), [&](const Task& task) {
    return arn_of(task) == wanted || model::task_id_of(arn_of(task)) == wanted;
  });
  if (named != tasks.end()) return {std::move(*named)};
  std::erase_if(tasks, [&](const Task& task) {
    return !model::task_id_of(arn_of(task)).starts_with(wanted);
  });
  return tasks;
}

// Why `found` is not the one task that was meant; nullopt when it is.
template <class Task, class ArnOf>
std::optional<http::Response> refuse_unless_one(const std::vector<Task>& found,
                                                const std::string& wanted, ArnOf arn_of) {
  if (found.size() == 1) return std::nullopt;
  if (found.empty()) return refuse(404, "no task with the id or ARN \"" + wanted + "\"");
  std::vector<std::string> ids;
  for (const Task& task : found) ids.push_back(model::task_id_of(arn_of(task)));
  return refuse(409, std::to_string(found.size()) + " tasks begin with \"" + wanted + "\"",
                std::move(ids));
}

// The task of a path such as "3f2a/logs", decoded.
Result<std::string> wanted_task(std::string_view rest, std::string_view suffix) {
  rest.remove_suffix(suffix.size());
  BERTH_TRY(std::string wanted, http::percent_decode(rest));
  if (wanted.empty()) return Error{Errc::NotFound, 0, "no task is named"};
  return wanted;
}

LogsView logs_of(const TaskView& task) {
  LogsView logs{task.arn, {}};
  for (const ContainerView& container : task.containers) {
    logs.containers.push_back({container.name, container.log_directory, container.is_stopped()});
  }
  return logs;
}

http::Response answer_about_task(std::string_view rest, const AdminSources& sources) {
  const bool wants_logs = rest.ends_with(kLogsSuffix);
  const auto wanted = wanted_task(rest, wants_logs ? kLogsSuffix : "");
  if (!wanted) return refuse(404, wanted.error().message);
  const auto arn_of = [](const TaskView& task) { return task.arn; };
  const std::vector<TaskView> found = find_tasks(sources.tasks(), *wanted, arn_of);
  if (auto refusal = refuse_unless_one(found, *wanted, arn_of)) return std::move(*refusal);
  return respond(200, wants_logs ? to_json(logs_of(found.front())) : to_json(found.front()));
}

Async<http::Response> answer_audit(std::shared_ptr<const AdminSources> sources,
                                   std::string method) {
  if (method != "GET" && method != "POST")
    co_return refuse(405, "only GET and POST are answered here");
  Result<AuditView> audit = co_await sources->audit(method == "POST");
  if (audit.failed_with(Errc::Cancelled)) co_return std::move(audit).error();
  if (!audit) co_return refuse(503, "the node could not be looked at: " + audit.error().text());
  co_return respond(200, to_json(*audit));
}

Async<http::Response> answer_membership(std::shared_ptr<const AdminSources> sources,
                                        http::Request request) {
  if (request.method != "GET") co_return refuse(405, "only GET is answered here");
  const Result<std::chrono::seconds> wait = wait_in(request.target);
  if (!wait) co_return refuse(400, wait.error().message);
  BERTH_CO_TRY(const MembershipView view, co_await sources->membership(*wait));
  co_return respond(200, to_json(view));
}

// About a task's life, which outlasts the task: the journal is asked, too.
Async<http::Response> answer_about_life(std::shared_ptr<const AdminSources> sources,
                                        std::string rest) {
  const bool wants_why = rest.ends_with(kWhySuffix);
  const auto wanted = wanted_task(rest, wants_why ? kWhySuffix : kTimelineSuffix);
  if (!wanted) co_return refuse(404, wanted.error().message);
  BERTH_CO_TRY(std::vector<std::string> arns, co_await sources->remembered());
  for (const TaskView& task : sources->tasks()) {
    if (std::find(arns.begin(), arns.end(), task.arn) == arns.end()) arns.push_back(task.arn);
  }
  const auto arn_of = [](const std::string& arn) { return arn; };
  const std::vector<std::string> found = find_tasks(std::move(arns), *wanted, arn_of);
  if (auto refusal = refuse_unless_one(found, *wanted, arn_of)) co_return std::move(*refusal);
  std::string arn = found.front();
  if (wants_why) {
    BERTH_CO_TRY(const model::Why why, co_await sources->why(std::move(arn)));
    co_return respond(200, to_json(why));
  }
  BERTH_CO_TRY(const model::Timeline timeline, co_await sources->timeline(std::move(arn)));
  co_return respond(200, to_json(timeline));
}

/// What is in memory; nothing here waits.
http::Response answer_from_memory(const http::Request& request, std::string_view path,
                                  const AdminSources& sources) {
  if (path == kDrainPath && request.method == "POST") {
    return respond(200, to_json(sources.drain(true)));
  }
  if (path == kPlanPath || path == kPlanFilePath) {
    if (request.method != "POST") return refuse(405, "only POST is answered here");
    return respond(200, to_json(sources.plan(request.body, path == kPlanFilePath)));
  }
  if (request.method != "GET") return refuse(405, "only GET is answered here");
  if (path == kDrainPath) return respond(200, to_json(sources.drain(false)));
  if (path == "/v1/version") return respond(200, to_json(sources.version()));
  if (path == kTasksPath) return respond(200, to_json(sources.tasks(), sources.files()));
  if (path.starts_with(kTaskPrefix)) {
    return answer_about_task(path.substr(kTaskPrefix.size()), sources);
  }
  return refuse(404, "nothing is at " + std::string(path));
}

bool is_about_a_life(std::string_view path) {
  if (!path.starts_with(kTaskPrefix)) return false;
  const std::string_view rest = path.substr(kTaskPrefix.size());
  return rest.ends_with(kWhySuffix) || rest.ends_with(kTimelineSuffix);
}

}  // namespace

Async<http::Response> answer_admin(std::shared_ptr<const AdminSources> sources,
                                   http::Request request) {
  const std::string path = request.target.substr(0, request.target.find('?'));
  if (path == kAuditPath) {
    Result<http::Response> audit = co_await answer_audit(std::move(sources), request.method);
    co_return audit;
  }
  if (path == kMembershipPath) {
    Result<http::Response> told =
        co_await answer_membership(std::move(sources), std::move(request));
    co_return told;
  }
  if (request.method == "GET" && is_about_a_life(path)) {
    std::string rest = path.substr(kTaskPrefix.size());
    Result<http::Response> life = co_await answer_about_life(std::move(sources), std::move(rest));
    co_return life;
  }
  co_return answer_from_memory(request, path, *sources);
}

Result<std::unique_ptr<http::Server>> serve_admin(http::Listen where, AdminSources sources,
                                                  Nursery& nursery) {
  auto shared = std::make_shared<const AdminSources>(std::move(sources));
  http::Server::Handlers handlers;
  handlers.request = [shared](http::Request request, http::Peer) {
    return answer_admin(shared, std::move(request));
  };
  auto server = http::Server::start(std::move(where), std::move(handlers), {}, nursery);
  if (!server) return std::move(server).error().while_doing("serve the admin API");
  return server;
}

}  // namespace berth::local
