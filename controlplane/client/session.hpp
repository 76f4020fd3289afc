// session.hpp - the long-lived session by which tasks come and acknowledgements go.
#pragma once

#include "controlplane/client/endpoints.hpp"
#include "controlplane/client/link.hpp"

namespace berth::client {

/// The agent communication session (ACS). One instance for the daemon; loop thread. Stays open for
/// as long as run() runs: reconnects after every end, once an hour while the instance is
/// deregistered.
class TaskSession {
 public:
  struct Needs {
    /// Gets each message, one after the other; the next is read when it returns. Acknowledging is
    /// its business. A failure is logged, and the service sends the message again.
    std::function<Async<>(protocol::Envelope)> on_message;
    std::function<void(bool is_connected)> on_change;
    std::function<void()> on_inactive;  ///< deregistered: the telemetry session should be dropped
  };

  TaskSession(Needs needs, Identity who, Endpoints& endpoints, LinkTools tools,
              SessionTimes times = task_session_times());

  TaskSession(const TaskSession&) = delete;
  TaskSession& operator=(const TaskSession&) = delete;

  /// Until cancelled.
  Async<> run() { return link_.run(); }

  /// Sends one frame: protocol::frame_text(message).
  ///
  /// fails:  Unavailable (not connected; what it answered comes again), TimedOut, Cancelled.
  Async<> send(std::string frame) { return link_.send(std::move(frame)); }
  bool is_connected() const { return link_.is_connected(); }

 private:
  static Async<http::Url> url_of(Endpoints& endpoints, const Identity& who, bool send_credentials);

  Identity who_;
  /// Until the first connection: secrets are never saved, and this flag brings them back.
  bool wants_credentials_ = true;
  Link link_;
};

}  // namespace berth::client
