// endpoints.hpp - where the two sessions are to be had, asked for twice a day.
#pragma once

#include <memory>
#include <optional>

#include "base/clock.hpp"
#include "controlplane/client/control_plane.hpp"

namespace berth::client {

constexpr std::chrono::hours kEndpointsKeptFor{12};      // source: ecs-api, DiscoverPollEndpoint
constexpr std::chrono::seconds kDiscoverTimeLimit{126};  // source: the same

/// DiscoverPollEndpoint with its cache. Shared by both sessions; loop thread. A failed connect does
/// not empty the cache; a failed call uses what is there, however old.
class Endpoints {
 public:
  Endpoints(ControlPlane& control_plane, const Clock& clock, std::string cluster,
            std::string instance_arn)
      : control_plane_(control_plane),
        clock_(clock),
        cluster_(std::move(cluster)),
        instance_arn_(std::move(instance_arn)) {}

  /// fails:  as ControlPlane::discover_poll_endpoint, when nothing is cached.
  Async<protocol::DiscoverPollEndpointResponse> find();

 private:
  ControlPlane& control_plane_;
  const Clock& clock_;
  std::string cluster_;
  std::string instance_arn_;
  std::optional<protocol::DiscoverPollEndpointResponse> cached_;
  std::chrono::steady_clock::time_point cached_at_{};
};

}  // namespace berth::client
