// endpoints.cpp - one route so far.
#include "agent/endpoints/endpoints.hpp"

#include "base/json.hpp"

namespace berth::endpoints {

namespace {

Async<http::Response> answer(TaskBehind task_behind, http::Request request, http::Peer peer) {
  http::Response response;
  if (request.method != "GET" || request.target != "/health") {
    response.status = 404;
    co_return response;
  }
  Json body{{"status", "ok"}};
  const std::string task = task_behind(peer.device);
  if (!task.empty()) body["taskArn"] = task;
  response.headers = {{"Content-Type", "application/json"}};
  response.body = dump_json(body);
  co_return response;
}

}  // namespace

Result<std::unique_ptr<http::Server>> serve_endpoints(const std::string& address,
                                                      std::uint16_t port, TaskBehind task_behind,
                                                      Nursery& nursery) {
  http::Listen where;
  where.address = address;
  where.port = port;
  http::Server::Handlers handlers;
  handlers.request = [task_behind = std::move(task_behind)](http::Request request,
                                                            http::Peer peer) {
    return answer(task_behind, std::move(request), std::move(peer));
  };
  return http::Server::start(std::move(where), std::move(handlers), {}, nursery);
}

}  // namespace berth::endpoints
