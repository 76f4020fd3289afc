// service.cpp - the lab on the wire: signed calls on POST /, sessions on /acs/ and /tcs/, /join.
#include "lab/service.hpp"

#include "aws/sigv4.hpp"
#include "base/log.hpp"
#include "controlplane/definition/shape.hpp"
#include "controlplane/enrol/exchange.hpp"
#include "controlplane/protocol/session.hpp"
#include "lab/acs_session.hpp"
#include "lab/api.hpp"
#include "lab/ec2/endpoint.hpp"
#include "lab/tcs_session.hpp"

namespace berth::lab {

namespace {

constexpr std::string_view kTargetPrefix = "AmazonEC2ContainerServiceV20141113.";

http::Response json_response(int status, const Json& body, const std::string& request_id) {
  http::Response response;
  response.status = status;
  response.headers = {{"Content-Type", "application/x-amz-json-1.1"},
                      {"x-amzn-RequestId", request_id}};
  response.body = dump_json(body);
  return response;
}

http::Response fault_response(const Fault& fault, const std::string& request_id) {
  Json body = {{"__type", fault.code}};
  if (!fault.message.empty()) body["message"] = fault.message;
  http::Response response = json_response(fault.status(), body, request_id);
  response.headers.emplace_back("x-amzn-ErrorType", fault.code);
  return response;
}

/// "RunTask" of "AmazonEC2ContainerServiceV20141113.RunTask"; "" when it is not ours.
std::string operation_of(const http::Request& request) {
  const std::string target = http::find_header(request.headers, "X-Amz-Target").value_or("");
  if (!target.starts_with(kTargetPrefix)) return "";
  return target.substr(kTargetPrefix.size());
}

/// Where an upgrade goes, and the members of its query.
struct Session {
  enum class Kind : std::uint8_t { None, Tasks, Telemetry } kind = Kind::None;
  std::vector<std::pair<std::string, std::string>> query;

  std::string member(std::string_view name) const {
    for (const auto& [key, value] : query) {
      if (key == name) return value;
    }
    return "";
  }
  std::string instance() const {
    return member(kind == Kind::Tasks ? "containerInstanceArn" : "containerInstance");
  }
  std::string cluster() const { return member(kind == Kind::Tasks ? "clusterArn" : "cluster"); }
};

Session session_of(const http::Request& request) {
  Session session;
  const auto question = request.target.find('?');
  const std::string path = request.target.substr(0, question);
  if (path == "/acs/ws") session.kind = Session::Kind::Tasks;
  if (path == "/tcs/ws") session.kind = Session::Kind::Telemetry;
  if (question != std::string::npos) {
    if (auto query = http::parse_query(request.target.substr(question + 1))) {
      session.query = std::move(*query);
    }
  }
  return session;
}

http::Response refusal(const std::string& type, const std::string& message) {
  http::Response response;
  response.status = 400;
  response.headers = {{"Content-Type", "application/json"}};
  response.body = protocol::refusal_text({type, message});
  return response;
}

Reply<Json> input_of(const http::Request& request) {
  if (request.body.empty()) return Json::object();
  auto input = parse_json(request.body);
  if (!input) return Fault{"SerializationException", input.error().message};
  if (!input->is_object()) {
    return Fault{"SerializationException", "the request must be an object"};
  }
  return std::move(*input);
}

// Called by the server; it keeps the Service for as long as a connection lives.
Async<http::Response> respond_to(Service* service, http::Request request) {
  http::Response response = service->respond(request);
  co_return response;
}

Async<std::optional<http::Response>> gate(Service* service, http::Request request) {
  std::optional<http::Response> refused = service->refuse_upgrade(request);
  co_return refused;
}

}  // namespace

http::Server::Handlers Service::handlers() {
  http::Server::Handlers handlers;
  handlers.request = [this](http::Request request, http::Peer) {
    return respond_to(this, std::move(request));
  };
  handlers.gate = [this](http::Request request, http::Peer) {
    return gate(this, std::move(request));
  };
  handlers.conversation = [this](http::Request request, std::unique_ptr<http::WebSocket> socket,
                                 http::Peer peer) {
    return converse(std::move(request), std::move(socket), std::move(peer));
  };
  return handlers;
}

std::optional<aws::Refusal> Service::refused(const http::Request& request,
                                             const char* service) const {
  const aws::Scope scope{lab_.settings().region, service};
  auto find = [this](const std::string& id) -> std::optional<aws::Keys> {
    if (id != keys_.access_key_id) return std::nullopt;
    return keys_;
  };
  const auto outcome = aws::verify(request, scope, find, lab_.now());
  const auto* refusal = std::get_if<aws::Refusal>(&outcome);
  if (!refusal) return std::nullopt;
  log::warn("call refused", {{"error", refusal->code + ": " + refusal->message}});
  return *refusal;
}

Reply<> Service::check_signature(const http::Request& request) const {
  const auto refusal = refused(request, "ecs");
  if (refusal) return Fault{refusal->code, refusal->message};
  return done();
}

std::string Service::base_url(const http::Request& request) const {
  const std::string host = http::find_header(request.headers, "Host").value_or("");
  return (tls_ ? "https://" : "http://") + host;
}

http::Response Service::respond(const http::Request& request) {
  if (desk_ != nullptr && request.target == enrol::kJoinPath) {
    return desk_->respond(request, lab_.now());
  }
  const std::string request_id = lab_.random().uuid();
  if (request.method != "POST" || request.target != "/") {
    return fault_response({"UnknownOperationException", "calls are POST requests to /"},
                          request_id);
  }
  if (ec2::is_form(request)) {
    if (const auto refusal = refused(request, "ec2")) return ec2::refuse(*refusal, request_id);
    return ec2::respond(lab_, request, request_id);
  }
  if (auto good = check_signature(request); !good) {
    return fault_response(good.error(), request_id);
  }
  const std::string operation = operation_of(request);
  auto input = input_of(request);
  if (!input) return fault_response(input.error(), request_id);
  definition::drop_nulls(*input);
  auto reply = answer(lab_, operation, {*input, base_url(request)});
  if (!reply) {
    log::info("call failed",
              {{"what", operation}, {"error", reply.error().code + ": " + reply.error().message}});
    return fault_response(reply.error(), request_id);
  }
  log::debug("call answered", {{"what", operation}});
  return json_response(200, *reply, request_id);
}

std::optional<http::Response> Service::refuse_upgrade(const http::Request& request) {
  const Session session = session_of(request);
  if (session.kind == Session::Kind::None) {
    http::Response response;
    response.status = 404;
    return response;
  }
  if (auto good = check_signature(request); !good) {
    return refusal(good.error().code, good.error().message);
  }
  auto cluster = lab_.find_cluster(session.cluster());
  if (!cluster) return refusal("InvalidClusterException", cluster.error().message);
  const Instance* instance = lab_.find_instance((*cluster)->name, session.instance());
  if (!instance) {
    return refusal("InvalidInstanceException",
                   "The referenced container instance was not found: " + session.instance());
  }
  if (instance->status == "INACTIVE") {
    return refusal("InactiveInstanceException",
                   "The container instance has been deregistered: " + instance->arn);
  }
  return std::nullopt;
}

void Service::note_agent(Instance& instance, const http::Request& request, const http::Peer& peer) {
  const Session session = session_of(request);
  std::string docker = session.member("dockerVersion");
  instance.agent_version = session.member("agentVersion");
  instance.agent_hash = session.member("agentHash");
  instance.docker_version = std::move(docker);
  lab_.note_address(instance, peer.address, peer.local_address);
  if (auto kept = lab_.keep(instance); !kept) {
    log::error("instance not written down", {{"error", kept.error().message}});
  }
}

Async<> Service::converse(http::Request request, std::unique_ptr<http::WebSocket> socket,
                          http::Peer peer) {
  const Session session = session_of(request);
  auto cluster = lab_.find_cluster(session.cluster());
  if (!cluster) co_return ok();
  Instance* instance = lab_.find_instance((*cluster)->name, session.instance());
  if (!instance) co_return ok();
  const std::string arn = instance->arn;

  if (session.kind == Session::Kind::Tasks) {
    note_agent(*instance, request, peer);
    const auto executor = co_await asio::this_coro::executor;
    AcsSession acs(lab_, arn, std::move(socket), executor);
    auto ended = co_await acs.run();
    co_return ended;
  }
  // A frame is signed as the upgrade was, with itself as the body.
  FrameCheck check = [this, target = request.target](const protocol::SignedFrame& frame) {
    return check_signature({"GET", target, frame.headers, frame.body});
  };
  auto ended = co_await run_tcs_session(lab_, arn, std::move(socket), std::move(check));
  co_return ended;
}

}  // namespace berth::lab
