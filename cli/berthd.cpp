// berthd.cpp - one request, one answer, on a loop of its own.
#include "cli/berthd.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "base/http/client.hpp"

namespace berth::cli {

namespace {

constexpr std::chrono::seconds kPatience{10};
constexpr std::chrono::minutes kAuditPatience{5};  // processes that do not end are waited for
constexpr std::size_t kMostBytes = 64 << 20;

Async<http::Response> fetch(http::Client& client, std::string socket, http::Request request,
                            std::chrono::seconds patience) {
  co_await asio::this_coro::throw_if_cancelled(false);
  auto response = co_await client.fetch_unix(std::move(socket), std::move(request), kMostBytes,
                                             Deadline::after(patience));
  co_return response;
}

Error unreachable(const std::string& socket, const Error& why) {
  const char* hint = why.code == Errc::Denied ? "only root may ask it" : "is berthd running?";
  return {Errc::Unavailable, why.os_errno,
          "cannot reach berthd at " + socket + " (" + why.message + "); " + hint};
}

Error refused(const http::Response& response) {
  auto refusal = local::read_refusal(response.body);
  if (!refusal || refusal->message.empty()) {
    return {Errc::Broken, 0, "berthd answered with status " + std::to_string(response.status)};
  }
  std::string message = refusal->message;
  for (const std::string& candidate : refusal->candidates) message += "\n  " + candidate;
  const Errc code = response.status == 404   ? Errc::NotFound
                    : response.status == 409 ? Errc::Invalid
                                             : Errc::Broken;
  return {code, 0, message};
}

}  // namespace

Result<std::string> Berthd::get(const std::string& target) const {
  http::Request request;
  request.target = target;
  return ask(std::move(request), kPatience);
}

Result<std::string> Berthd::ask(http::Request request, std::chrono::seconds patience) const {
  asio::io_context io{1};
  http::Client client;
  request.headers = {{"Host", "berthd"}};
  Result<http::Response> response;
  asio::co_spawn(io, fetch(client, socket_, std::move(request), patience),
                 [&response](std::exception_ptr thrown, Result<http::Response> outcome) {
                   if (thrown) std::rethrow_exception(thrown);
                   response = std::move(outcome);
                 });
  io.run();
  if (!response) return unreachable(socket_, response.error());
  if (response->status != 200) return refused(*response);
  return std::move(response->body);
}

Result<local::VersionView> Berthd::version() const {
  BERTH_TRY(const std::string body, get("/v1/version"));
  return local::read_version(body);
}

Result<NodeTasks> Berthd::tasks() const {
  BERTH_TRY(const std::string body, get("/v1/tasks"));
  NodeTasks node;
  BERTH_TRY(node.tasks, local::read_tasks(body));
  BERTH_TRY(node.files, local::read_files(body));
  return node;
}

Result<local::LogsView> Berthd::logs(const std::string& task) const {
  BERTH_TRY(const std::string body, get("/v1/tasks/" + http::percent_encode(task) + "/logs"));
  return local::read_logs(body);
}

Result<local::PlanView> Berthd::plan(std::string definition, bool is_local) const {
  http::Request request;
  request.method = "POST";
  request.target = is_local ? "/v1/plan/file" : "/v1/plan";
  request.body = std::move(definition);
  BERTH_TRY(const std::string body, ask(std::move(request), kPatience));
  return local::read_plan(body);
}

Result<local::AuditView> Berthd::audit(bool with_repair) const {
  http::Request request;
  request.method = with_repair ? "POST" : "GET";
  request.target = "/v1/audit";
  BERTH_TRY(const std::string body, ask(std::move(request), kAuditPatience));
  return local::read_audit(body);
}

Result<local::DrainView> Berthd::drain(bool begin) const {
  http::Request request;
  request.method = begin ? "POST" : "GET";
  request.target = "/v1/drain";
  BERTH_TRY(const std::string body, ask(std::move(request), kPatience));
  return local::read_drain(body);
}

Result<local::MembershipView> Berthd::membership(std::chrono::seconds wait) const {
  http::Request request;
  request.target = std::string(local::kMembershipPath) + "?wait=" + std::to_string(wait.count());
  BERTH_TRY(const std::string body, ask(std::move(request), wait + kPatience));
  return local::read_membership(body);
}

Result<model::Why> Berthd::why(const std::string& task) const {
  BERTH_TRY(const std::string body, get("/v1/tasks/" + http::percent_encode(task) + "/why"));
  return local::read_why(body);
}

Result<model::Timeline> Berthd::timeline(const std::string& task) const {
  BERTH_TRY(const std::string body, get("/v1/tasks/" + http::percent_encode(task) + "/timeline"));
  return local::read_timeline(body);
}

}  // namespace berth::cli
