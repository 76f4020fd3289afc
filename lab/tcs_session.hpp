// tcs_session.hpp - the session on which an agent publishes metrics, health and its own status.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/http/websocket.hpp"
#include "controlplane/protocol/telemetry.hpp"
#include "lab/lab.hpp"

namespace berth::lab {

/// Says whether a frame's own signature is good.
using FrameCheck = std::function<Reply<>(const protocol::SignedFrame&)>;

/// One open telemetry session. Health goes to the tasks, the instance's status to the instance;
/// metrics are acknowledged and dropped. A frame with a bad signature ends the session.
///
/// fails:  as the socket does.
Async<> run_tcs_session(Lab& lab, std::string instance_arn, std::unique_ptr<http::WebSocket> socket,
                        FrameCheck check);

/// Takes one frame in and makes the answer; "" when there is none. fails: Denied (signature).
Result<std::string> take_telemetry(Lab& lab, const std::string& instance_arn,
                                   const std::string& text, const FrameCheck& check);

}  // namespace berth::lab
