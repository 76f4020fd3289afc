// endpoints.hpp - the server that containers find at 169.254.170.2.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/http/server.hpp"
#include "base/nursery.hpp"
#include "base/result.hpp"

namespace berth::endpoints {

/// The ARN of the task behind a device of the host; "" when there is none: the host itself.
using TaskBehind = std::function<std::string(const std::string& device)>;

/// Serves in `nursery`:
///   GET /health  200 {"status":"ok","taskArn":"..."}; without the ARN when no task asks
/// and 404 to everything else.
///
/// fails:  Exhausted (another agent of this host listens there), Denied, Invalid.
Result<std::unique_ptr<http::Server>> serve_endpoints(const std::string& address,
                                                      std::uint16_t port, TaskBehind task_behind,
                                                      Nursery& nursery);

}  // namespace berth::endpoints
