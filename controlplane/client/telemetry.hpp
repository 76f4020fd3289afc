// telemetry.hpp - the long-lived session by which metrics, health and instance status go.
#pragma once

#include "controlplane/client/endpoints.hpp"
#include "controlplane/client/link.hpp"

namespace berth::client {

/// The telemetry session (TCS, also TACS). Every frame sent carries a signature of its own. One
/// instance for the daemon; loop thread. Runs with metrics and health checks both off, too: the
/// service sees by it that the agent lives.
class TelemetrySession {
 public:
  struct Needs {
    std::function<Async<>(protocol::Envelope)> on_message;  ///< acknowledgements, heartbeats
    std::function<void(bool is_connected)> on_change;       ///< publish at once when connected
  };

  TelemetrySession(Needs needs, Identity who, Endpoints& endpoints, LinkTools tools,
                   SessionTimes times = telemetry_session_times());

  TelemetrySession(const TelemetrySession&) = delete;
  TelemetrySession& operator=(const TelemetrySession&) = delete;

  /// Until cancelled.
  Async<> run() { return link_.run(); }

  /// Signs and sends one frame: protocol::frame_text(message).
  ///
  /// fails:  Unavailable (not connected), TimedOut, Cancelled, Denied (no keys).
  Async<> send(std::string frame);
  bool is_connected() const { return link_.is_connected(); }
  /// Hangs up when the task session learned that the instance is deregistered; then reconnects
  /// with backoff.
  void drop() { link_.drop(); }

 private:
  static Async<http::Url> url_of(Endpoints& endpoints, const Identity& who);

  Identity who_;
  aws::Signer& signer_;
  Link link_;
};

/// The headers and the text of one frame as they go on the wire: signed as a GET of `url` with the
/// frame as its body. fails:  Denied (no keys).
Result<std::string> signed_frame(aws::Signer& signer, const http::Url& url, std::string frame);

}  // namespace berth::client
