// ecs.hpp - the ControlPlane over the real API.
#pragma once

#include "aws/call.hpp"
#include "controlplane/client/control_plane.hpp"

namespace berth::client {

/// Base URL, signing name and target prefix of the ECS API.
/// source: ecs-api, wire form common to all JSON 1.1 calls.
aws::Endpoint ecs_endpoint(http::Url url, std::string user_agent);
constexpr std::string_view kEcsSigningName = "ecs";

/// "berth/0.1.0 (linux; LINUX)".
std::string user_agent(std::string_view version);

/// What a caller can do about an error of the ECS API, as ControlPlane lists it.
/// source: ecs-api, retry and errors of RegisterContainerInstance.
Error error_for(const aws::ApiError& refused, std::string_view operation);

class EcsControlPlane final : public ControlPlane {
 public:
  explicit EcsControlPlane(aws::Caller& caller) : caller_(caller) {}

  Async<protocol::RegisterContainerInstanceResponse> register_instance(
      protocol::RegisterContainerInstanceRequest request, Deadline by) override;
  Async<> create_cluster(std::string name, Deadline by) override;
  Async<> drain_instance(std::string cluster, std::string instance_arn, Deadline by) override;
  Async<std::string> instance_status(std::string cluster, std::string instance_arn,
                                     Deadline by) override;
  Async<> deregister_instance(std::string cluster, std::string instance_arn, Deadline by) override;
  Async<protocol::DiscoverPollEndpointResponse> discover_poll_endpoint(
      protocol::DiscoverPollEndpointRequest request, Deadline by) override;
  Async<> submit_task_state_change(std::string body, Deadline by) override;
  Async<> submit_attachment_state_changes(std::string body, Deadline by) override;

 private:
  Async<> submit(std::string operation, std::string body, Deadline by);

  aws::Caller& caller_;
};

}  // namespace berth::client
