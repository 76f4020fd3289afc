// ecs.cpp - the calls, and what their errors mean.
#include "controlplane/client/ecs.hpp"

#include <algorithm>

#include "base/json.hpp"

namespace berth::client {

namespace {

using Codes = std::initializer_list<std::string_view>;

bool is_one_of(std::string_view code, Codes codes) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

Errc errc_for(const aws::ApiError& refused) {
  if (refused.http_status >= 500 || refused.http_status == 429 ||
      is_one_of(refused.code, {"ThrottlingException", "Throttling", "ServerException",
                               "LimitExceededException", "RequestLimitExceeded"})) {
    return Errc::Unavailable;
  }
  if (refused.code == "ClusterNotFoundException" ||
      refused.message.find("Cluster not found.") != std::string::npos) {
    return Errc::NotFound;
  }
  if (is_one_of(refused.code,
                {"InvalidParameterException", "ClientException", "SerializationException",
                 "ValidationException", "UnsupportedFeatureException"}) ||
      // A node cannot become another type of machine under the same registration.
      refused.message.find("Container instance type changes are not supported.") !=
          std::string::npos) {
    return Errc::Invalid;
  }
  // Keys and permissions, and all that is not known: somebody has to look at it.
  return Errc::Denied;
}

/// How a call about one instance says that it is not there.
Result<> check_failures(const Json& answer, const std::string& doing) {
  const Json failures = answer.value("failures", Json::array());
  if (failures.empty()) return ok();
  return Error{Errc::NotFound, 0, doing + ": " + failures[0].value("reason", "")};
}

/// The body of a successful reply, or why there is none.
Result<Json> body_of(Result<aws::Reply> reply, std::string_view operation) {
  if (!reply) return std::move(reply).error();
  if (reply->error) return error_for(*reply->error, operation);
  return std::move(reply->body);
}

template <class Message>
Result<Message> decoded(Result<aws::Reply> reply, std::string_view operation) {
  BERTH_TRY(const Json body, body_of(std::move(reply), operation));
  auto message = protocol::decode<Message>(body);
  if (!message) {
    Error error = std::move(message).error().while_doing(std::string(operation) + ": answer");
    error.code = Errc::Broken;
    return error;
  }
  return message;
}

}  // namespace

aws::Endpoint ecs_endpoint(http::Url url, std::string user_agent_text) {
  return {std::move(url), "AmazonEC2ContainerServiceV20141113", std::move(user_agent_text)};
}

std::string user_agent(std::string_view version) {
  return "berth/" + std::string(version) + " (linux; LINUX)";
}

Error error_for(const aws::ApiError& refused, std::string_view operation) {
  return Error{errc_for(refused), 0, std::string(operation) + ": " + refused.text()};
}

Async<protocol::RegisterContainerInstanceResponse> EcsControlPlane::register_instance(
    protocol::RegisterContainerInstanceRequest request, Deadline by) {
  const std::string operation(request.kOperation);
  std::string body = dump_json(protocol::encode(request));
  Result<aws::Reply> reply = co_await caller_.call(operation, std::move(body), by);
  co_return decoded<protocol::RegisterContainerInstanceResponse>(std::move(reply), operation);
}

Async<> EcsControlPlane::create_cluster(std::string name, Deadline by) {
  const Json request{{"clusterName", name}};
  std::string body = dump_json(request);
  Result<aws::Reply> reply = co_await caller_.call("CreateCluster", std::move(body), by);
  BERTH_CO_CHECK(body_of(std::move(reply), "CreateCluster"));
  co_return ok();
}

Async<> EcsControlPlane::drain_instance(std::string cluster, std::string instance_arn,
                                        Deadline by) {
  const std::string operation = "UpdateContainerInstancesState";
  const Json request{{"cluster", cluster},
                     {"containerInstances", Json::array({instance_arn})},
                     {"status", "DRAINING"}};
  std::string body = dump_json(request);
  Result<aws::Reply> reply = co_await caller_.call(operation, std::move(body), by);
  BERTH_CO_TRY(const Json answer, body_of(std::move(reply), operation));
  co_return check_failures(answer, operation + ": " + instance_arn);
}

Async<std::string> EcsControlPlane::instance_status(std::string cluster, std::string instance_arn,
                                                    Deadline by) {
  const std::string operation = "DescribeContainerInstances";
  const Json request{{"cluster", cluster}, {"containerInstances", Json::array({instance_arn})}};
  std::string body = dump_json(request);
  Result<aws::Reply> reply = co_await caller_.call(operation, std::move(body), by);
  BERTH_CO_TRY(const Json answer, body_of(std::move(reply), operation));
  BERTH_CO_CHECK(check_failures(answer, operation + ": " + instance_arn));
  const Json instances = answer.value("containerInstances", Json::array());
  const auto instance = protocol::decode<protocol::ContainerInstance>(
      instances.is_array() && !instances.empty() ? instances[0] : Json());
  if (instance) co_return instance->status;
  co_return Error{Errc::Broken, 0, operation + ": answer: " + instance.error().message};
}

Async<> EcsControlPlane::deregister_instance(std::string cluster, std::string instance_arn,
                                             Deadline by) {
  const std::string operation = "DeregisterContainerInstance";
  const Json request{{"cluster", cluster}, {"containerInstance", instance_arn}};
  std::string body = dump_json(request);
  Result<aws::Reply> reply = co_await caller_.call(operation, std::move(body), by);
  const Result<Json> answer = body_of(std::move(reply), operation);
  if (answer) co_return ok();
  Error error = answer.error();
  // There is no code of its own for it.
  const bool is_gone = error.message.find("not found") != std::string::npos;
  if (error.code == Errc::Invalid && is_gone) error.code = Errc::NotFound;
  co_return error;
}

Async<protocol::DiscoverPollEndpointResponse> EcsControlPlane::discover_poll_endpoint(
    protocol::DiscoverPollEndpointRequest request, Deadline by) {
  const std::string operation(request.kOperation);
  std::string body = dump_json(protocol::encode(request));
  Result<aws::Reply> reply = co_await caller_.call(operation, std::move(body), by);
  BERTH_CO_TRY(auto response,
               decoded<protocol::DiscoverPollEndpointResponse>(std::move(reply), operation));
  if (response.endpoint.empty() || response.telemetry_endpoint.empty()) {
    co_return Error{Errc::Broken, 0, operation + ": answer: names no endpoint"};
  }
  co_return response;
}

Async<> EcsControlPlane::submit_task_state_change(std::string body, Deadline by) {
  std::string operation(protocol::SubmitTaskStateChangeRequest::kOperation);
  Result<> taken = co_await submit(std::move(operation), std::move(body), by);
  co_return taken;
}

Async<> EcsControlPlane::submit_attachment_state_changes(std::string body, Deadline by) {
  std::string operation(protocol::SubmitAttachmentStateChangesRequest::kOperation);
  Result<> taken = co_await submit(std::move(operation), std::move(body), by);
  co_return taken;
}

Async<> EcsControlPlane::submit(std::string operation, std::string body, Deadline by) {
  Result<aws::Reply> reply = co_await caller_.call(operation, std::move(body), by);
  if (!reply) co_return std::move(reply).error();
  if (!reply->error) co_return ok();
  Error error = error_for(*reply->error, operation);
  // Only this one says that the report itself is bad; all else may change, and a report is kept.
  const bool is_final = reply->error->code == "InvalidParameterException";
  if (error.code == Errc::Invalid && !is_final) error.code = Errc::Denied;
  co_return error;
}

}  // namespace berth::client
