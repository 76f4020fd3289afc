// control_plane.hpp - the seam to the control plane: what the agent asks of the other side.
#pragma once

#include <string>

#include "base/async.hpp"
#include "controlplane/protocol/instance.hpp"
#include "controlplane/protocol/state_change.hpp"

namespace berth::client {

/// The calls of the ECS API that an agent makes. One instance for the daemon; loop thread. Nothing
/// here is retried: the codes tell the caller what may be.
///
/// fails, all of them:
///   Unavailable, TimedOut  not reached, throttled, or at fault itself: try again, with backoff
///   Denied                 keys missing, wrong or without permission: a person must act
///   Invalid                the request can never succeed as it is
///   NotFound               the cluster is not there
///   Broken                 an answer that makes no sense
class ControlPlane {
 public:
  virtual ~ControlPlane() = default;

  /// note:   Invalid here is for good: the agent ends with the exit code for what no restart cures.
  virtual Async<protocol::RegisterContainerInstanceResponse> register_instance(
      protocol::RegisterContainerInstanceRequest request, Deadline by) = 0;

  /// Makes a cluster, or finds it there.
  virtual Async<> create_cluster(std::string name, Deadline by) = 0;

  /// Asks that nothing more is placed on the instance. again: yes.
  ///
  /// source: ECS API, UpdateContainerInstancesState, status DRAINING.
  virtual Async<> drain_instance(std::string cluster, std::string instance_arn, Deadline by) = 0;

  /// What the instance is to its cluster now: "ACTIVE", "DRAINING", "REGISTERING".
  ///
  /// fails:  NotFound (also when the instance is not there); Denied often: Amazon's role for
  ///         agents does not have it.
  /// source: ECS API, DescribeContainerInstances.
  virtual Async<std::string> instance_status(std::string cluster, std::string instance_arn,
                                             Deadline by) = 0;

  /// Ends the registration of an instance that runs no task.
  ///
  /// fails:  NotFound (also when the instance is not there, or no longer), Invalid (tasks run on
  /// it). source: ECS API, DeregisterContainerInstance.
  virtual Async<> deregister_instance(std::string cluster, std::string instance_arn,
                                      Deadline by) = 0;

  virtual Async<protocol::DiscoverPollEndpointResponse> discover_poll_endpoint(
      protocol::DiscoverPollEndpointRequest request, Deadline by) = 0;

  /// Sends a report as it was written down: the JSON of a SubmitTaskStateChangeRequest.
  ///
  /// fails:  Invalid (InvalidParameterException alone: drop this report, it will never be taken).
  virtual Async<> submit_task_state_change(std::string body, Deadline by) = 0;

  /// The same for attachments of the instance: the JSON of a SubmitAttachmentStateChangesRequest.
  virtual Async<> submit_attachment_state_changes(std::string body, Deadline by) = 0;
};

}  // namespace berth::client
