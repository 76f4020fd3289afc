// fake_control_plane.hpp - a control plane in memory that registers, tells endpoints, takes
// reports.
#pragma once

#include <deque>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "controlplane/client/control_plane.hpp"

namespace berth::testing {

/// Behaves as the service does towards one instance: echoes attributes, keeps the ARN it gave,
/// knows no cluster but those made and no task but those in `tasks`. `failures` are used up first,
/// one for each call of any kind.
class FakeControlPlane final : public client::ControlPlane {
 public:
  std::deque<Error> failures;
  std::string endpoint = "http://127.0.0.1/acs/";
  std::string telemetry_endpoint = "http://127.0.0.1/tcs/";

  std::vector<protocol::RegisterContainerInstanceRequest> registrations;
  std::set<std::string> clusters{"default"};
  std::set<std::string> tasks;      ///< ARNs
  std::set<std::string> instances;  ///< ARNs of those that registered
  std::set<std::string> draining;   ///< of these, those that want nothing more
  int discoveries = 0;
  std::vector<std::string> reports;  ///< bodies of SubmitTaskStateChange that were taken
  std::vector<std::string> attachments;

  Async<protocol::RegisterContainerInstanceResponse> register_instance(
      protocol::RegisterContainerInstanceRequest request, Deadline) override {
    if (auto failure = next_failure()) co_return *failure;
    if (!clusters.contains(request.cluster)) {
      co_return Error{Errc::NotFound, 0, "cluster " + request.cluster};
    }
    protocol::RegisterContainerInstanceResponse response;
    response.container_instance.container_instance_arn =
        request.container_instance_arn.empty()
            ? "arn:aws:ecs:eu-west-1:123456789012:container-instance/" + request.cluster + "/0a1b"
            : request.container_instance_arn;
    instances.insert(response.container_instance.container_instance_arn);
    response.container_instance.status = "ACTIVE";
    response.container_instance.attributes = request.attributes;
    response.container_instance.registered_resources = request.total_resources;
    registrations.push_back(std::move(request));
    co_return response;
  }

  Async<> create_cluster(std::string name, Deadline) override {
    if (auto failure = next_failure()) co_return *failure;
    clusters.insert(std::move(name));
    co_return ok();
  }

  Async<protocol::DiscoverPollEndpointResponse> discover_poll_endpoint(
      protocol::DiscoverPollEndpointRequest, Deadline) override {
    ++discoveries;
    if (auto failure = next_failure()) co_return *failure;
    protocol::DiscoverPollEndpointResponse response;
    response.endpoint = endpoint;
    response.telemetry_endpoint = telemetry_endpoint;
    co_return response;
  }

  Async<> drain_instance(std::string, std::string instance_arn, Deadline) override {
    if (auto failure = next_failure()) co_return *failure;
    if (!instances.contains(instance_arn)) {
      co_return Error{Errc::NotFound, 0, "no instance " + instance_arn};
    }
    draining.insert(std::move(instance_arn));
    co_return ok();
  }

  Async<std::string> instance_status(std::string, std::string instance_arn, Deadline) override {
    if (auto failure = next_failure()) co_return *failure;
    if (!instances.contains(instance_arn)) {
      co_return Error{Errc::NotFound, 0, "no instance " + instance_arn};
    }
    co_return std::string(draining.contains(instance_arn) ? "DRAINING" : "ACTIVE");
  }

  Async<> deregister_instance(std::string, std::string instance_arn, Deadline) override {
    if (auto failure = next_failure()) co_return *failure;
    if (instances.erase(instance_arn) == 0) {
      co_return Error{Errc::NotFound, 0, "no instance " + instance_arn};
    }
    co_return ok();
  }

  Async<> submit_task_state_change(std::string body, Deadline) override {
    if (auto failure = next_failure()) co_return *failure;
    const Result<Json> report = parse_json(body);
    if (!report || !tasks.contains(report->value("task", ""))) {
      co_return Error{Errc::Invalid, 0, "no report of a task that is here: " + body};
    }
    reports.push_back(std::move(body));
    co_return ok();
  }

  Async<> submit_attachment_state_changes(std::string body, Deadline) override {
    if (auto failure = next_failure()) co_return *failure;
    attachments.push_back(std::move(body));
    co_return ok();
  }

 private:
  std::optional<Error> next_failure() {
    if (failures.empty()) return std::nullopt;
    Error failure = std::move(failures.front());
    failures.pop_front();
    return failure;
  }
};

}  // namespace berth::testing
