// policy.hpp - when a session ends and when it is opened again; pure.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/backoff.hpp"
#include "base/random.hpp"

namespace berth::client {

using Moment = std::chrono::steady_clock::time_point;

/// The numbers of one kind of session. source: acs-tcs, sections 1 to 3.
struct SessionTimes {
  std::chrono::milliseconds silence{std::chrono::minutes(1)};  ///< without a message, and ...
  std::chrono::milliseconds silence_jitter{std::chrono::minutes(1)};  ///< ... up to this more
  std::chrono::milliseconds age{std::chrono::minutes(30)};            ///< then reconnect, and ...
  std::chrono::milliseconds age_jitter{std::chrono::minutes(5)};      ///< ... up to this more
  BackoffPolicy backoff;
  /// Connected for this long, and up to as much more at random, the backoff starts anew. nullopt:
  /// only a clean close does that.
  std::optional<std::chrono::milliseconds> backoff_reset;
  /// After being told that the instance is deregistered. nullopt: backoff, as after any failure.
  std::optional<std::chrono::milliseconds> inactive_wait;
  /// True: the other side is told when it was silent for too long. False: just hung up.
  bool says_goodbye_to_silence = false;
};

SessionTimes task_session_times();
SessionTimes telemetry_session_times();

/// How a connection ended, or why there was none.
enum class End : std::uint8_t {
  Clean,     ///< the other side closed, or answered our close
  Failed,    ///< not connected, refused, silent for too long, or broken off in an odd way
  Inactive,  ///< the instance is deregistered
};

/// Closes after which the incumbent reconnects at once: 1000, 1001, 1006 (the connection just
/// ended), 1011.
bool is_clean(std::uint16_t close_code);

/// Watches one connection: when to stop waiting for a message.
class Watch {
 public:
  Watch(const SessionTimes& times, Moment connected, Random& random);

  void heard(Moment now) { last_heard_ = now; }
  /// The next moment at which something may be due.
  Moment due() const { return std::min(silent_at(), expires_); }
  bool has_expired(Moment now) const { return now >= expires_; }
  bool is_silent(Moment now) const { return now >= silent_at(); }

 private:
  Moment silent_at() const { return last_heard_ + silence_; }

  std::chrono::milliseconds silence_;
  Moment last_heard_;
  Moment expires_;
};

/// Says how long to wait before the next connection. Lives over all of them.
class Reconnect {
 public:
  explicit Reconnect(SessionTimes times) : times_(times), backoff_(times.backoff) {}

  /// connected_for:  0 when the connection was never made.
  std::chrono::milliseconds wait_after(End end, std::chrono::steady_clock::duration connected_for,
                                       Random& random);

 private:
  SessionTimes times_;
  Backoff backoff_;
};

/// Who connects. Both sessions tell the service the same, in their own words.
struct Identity {
  std::string cluster;  ///< as configured: name or ARN
  std::string instance_arn;
  std::string agent_version;    ///< "0.1.0"
  std::string agent_hash;       ///< "1a2b3c4d"
  std::string runtime_version;  ///< "containerd/1.6.20"; "" is left out
};

/// Form-encoded, sorted by name, a space as '+': byte for byte as it goes on the wire.
std::string task_session_query(const Identity& who, bool send_credentials);
std::string telemetry_session_query(const Identity& who);

}  // namespace berth::client
