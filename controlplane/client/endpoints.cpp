// endpoints.cpp - one cached answer.
#include "controlplane/client/endpoints.hpp"

#include "base/log.hpp"

namespace berth::client {

Async<protocol::DiscoverPollEndpointResponse> Endpoints::find() {
  if (cached_ && clock_.now() - cached_at_ < kEndpointsKeptFor) co_return *cached_;

  protocol::DiscoverPollEndpointRequest request;
  request.cluster = cluster_;
  request.container_instance = instance_arn_;
  const Deadline by = Deadline::after(kDiscoverTimeLimit);
  Result<protocol::DiscoverPollEndpointResponse> found =
      co_await control_plane_.discover_poll_endpoint(std::move(request), by);
  if (found) {
    cached_ = *found;
    cached_at_ = clock_.now();
  } else if (cached_ && found.error().code != Errc::Cancelled) {
    log::warn("endpoints not found, using the last known", {{"error", found.error().text()}});
    co_return *cached_;
  }
  co_return found;
}

}  // namespace berth::client
