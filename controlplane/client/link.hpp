// link.hpp - keeps one websocket to the service open: connect, read, reconnect.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "aws/signer.hpp"
#include "base/clock.hpp"
#include "base/http/websocket.hpp"
#include "controlplane/client/policy.hpp"
#include "controlplane/protocol/session.hpp"

namespace berth::client {

/// Opens a websocket; http::connect_websocket with the program's TLS options, or a test's own.
using Connect = std::function<Async<http::Upgrade>(http::Url, http::Headers, Deadline)>;
Connect websocket_connect(http::TlsOptions tls);

/// What every session needs of the program. All of it outlives the session. The clock's now() is
/// the steady clock's, as reads from the wire wait by that one.
struct LinkTools {
  aws::Signer& signer;
  Clock& clock;
  Random& random;
  Connect connect;
  std::string user_agent;
};

/// The loop both sessions share. Owned by its session; loop thread. One coroutine runs run().
class Link {
 public:
  struct Needs {
    std::string name;                       ///< "task session", for logs
    std::function<Async<http::Url>()> url;  ///< where to connect now: ws or wss, with query
    /// One after the other, on the reader: while one runs nothing is read. Its failure is logged.
    std::function<Async<>(protocol::Envelope)> on_message;
    std::function<void(bool is_connected)> on_change;
    std::function<void()> on_inactive;  ///< the instance is deregistered
  };

  Link(Needs needs, SessionTimes times, LinkTools tools)
      : needs_(std::move(needs)), times_(times), tools_(std::move(tools)), reconnect_(times) {}

  /// Until cancelled; never ends by itself.
  Async<> run();

  /// fails:  Unavailable (not connected, or the connection broke), TimedOut, Cancelled.
  Async<> send(std::string text);
  /// Hangs up; run() goes on as after a failure.
  void drop() { socket_ = nullptr; }
  bool is_connected() const { return socket_ != nullptr; }
  /// Where it is connected, or was last: what telemetry frames are signed for.
  const http::Url& url() const { return url_; }

 private:
  Async<End> connect_and_read();
  Async<End> read_until_end();
  Async<http::Upgrade> open();
  Async<> take(std::string text);
  Async<> say_goodbye();
  void note_change(bool is_connected);

  Needs needs_;
  SessionTimes times_;
  LinkTools tools_;
  Reconnect reconnect_;
  http::Url url_;
  std::unique_ptr<http::WebSocket> socket_;
  std::optional<Moment> connected_at_;  ///< of the latest try; nullopt when it failed
};

/// `base` + "/" where missing + "ws?" + query; http becomes ws, https wss.
///
/// fails:  Invalid (no URL, or another scheme).
Result<http::Url> session_url(const std::string& base, std::string query);

}  // namespace berth::client
