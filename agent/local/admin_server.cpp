// admin_server.cpp - paths to answers.
#include "agent/local/admin_server.hpp"

#include <algorithm>

namespace berth::local {

namespace {

constexpr std::string_view kTasksPath = "/v1/tasks";
constexpr std::string_view kAuditPath = "/v1/audit";
constexpr std::string_view kDrainPath = "/v1/drain";
constexpr std::string_view kLogsSuffix = "/logs";

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

// The tasks that `wanted` can mean: the one with that ARN or id, else all whose id begins so.
std::vector<TaskView> find_tasks(std::vector<TaskView> tasks, const std::string& wanted) {
  const auto named = std::find_if(tasks.begin(), tasks.end(), [&wanted](const TaskView& task) {
    return task.arn == wanted || task.id() == wanted;
  });
  if (named != tasks.end()) return {std::move(*named)};
  std::erase_if(tasks, [&wanted](const TaskView& task) { return !task.id().starts_with(wanted); });
  return tasks;
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
  if (wants_logs) rest.remove_suffix(kLogsSuffix.size());
  const auto wanted = http::percent_decode(rest);
  if (!wanted) return refuse(404, wanted.error().message);
  if (wanted->empty()) return refuse(404, "no task is named");

  const std::vector<TaskView> found = find_tasks(sources.tasks(), *wanted);
  if (found.empty()) return refuse(404, "no task with the id or ARN \"" + *wanted + "\"");
  if (found.size() > 1) {
    std::vector<std::string> ids;
    for (const TaskView& task : found) ids.push_back(task.id());
    return refuse(409, std::to_string(found.size()) + " tasks begin with \"" + *wanted + "\"",
                  std::move(ids));
  }
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

/// What is in memory; nothing here waits.
http::Response answer_from_memory(const http::Request& request, std::string_view path,
                                  const AdminSources& sources) {
  if (path == kDrainPath && request.method == "POST") {
    return respond(200, to_json(sources.drain(true)));
  }
  if (request.method != "GET") return refuse(405, "only GET is answered here");
  if (path == kDrainPath) return respond(200, to_json(sources.drain(false)));
  if (path == "/v1/version") return respond(200, to_json(sources.version()));
  if (path == kTasksPath) return respond(200, to_json(sources.tasks(), sources.files()));
  if (path.starts_with(kTasksPath) && path[kTasksPath.size()] == '/') {
    return answer_about_task(path.substr(kTasksPath.size() + 1), sources);
  }
  return refuse(404, "nothing is at " + std::string(path));
}

}  // namespace

Async<http::Response> answer_admin(std::shared_ptr<const AdminSources> sources,
                                   http::Request request) {
  const std::string path = request.target.substr(0, request.target.find('?'));
  if (path != kAuditPath) co_return answer_from_memory(request, path, *sources);
  Result<http::Response> answer = co_await answer_audit(std::move(sources), request.method);
  co_return answer;
}

Result<std::unique_ptr<http::Server>> serve_admin(const std::string& socket_path,
                                                  AdminSources sources, Nursery& nursery) {
  http::Listen where;
  where.unix_path = socket_path;
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
