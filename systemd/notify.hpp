// notify.hpp - tells the service manager how the daemon is; plain datagrams, no library.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace berth::systemd {

/// What the service manager put into our environment.
/// source: systemd, sd_notify(3) and sd_watchdog_enabled(3).
struct NotifyEnvironment {
  std::string notify_socket;  ///< NOTIFY_SOCKET: a path, or "@name" in the abstract namespace
  std::string watchdog_usec;  ///< WATCHDOG_USEC: microseconds
  std::string watchdog_pid;   ///< WATCHDOG_PID: whom the watchdog means; "" is anybody
};

/// The service manager, when there is one. One for the daemon, on the loop thread; a datagram is
/// sent at once or not at all. Without NOTIFY_SOCKET every call succeeds and does nothing.
class Notifier {
 public:
  /// fails:  Invalid (NOTIFY_SOCKET is neither a path nor "@name", or too long), Exhausted.
  static Result<Notifier> open(const NotifyEnvironment& environment);

  /// Start-up is done: units ordered after us may start. Refused, it is told with what is told
  /// next. fails (this and the others):  NotFound, Unavailable (no one listens, or the queue is
  /// full).
  Result<> ready();
  /// One line for people: "running 3 tasks, connected".
  Result<> status(std::string_view line);
  Result<> stopping();
  /// The configuration is being read again; ready() ends it.
  /// since:  CLOCK_MONOTONIC. source: systemd, sd_notify(3), RELOADING=1 and MONOTONIC_USEC.
  Result<> reloading(std::chrono::steady_clock::time_point since);
  /// Starting, reloading or stopping takes longer than the unit says, by this from now on.
  /// source: systemd, sd_notify(3), EXTEND_TIMEOUT_USEC.
  Result<> needs(std::chrono::microseconds more);
  /// We are alive. To be called at least every watchdog_interval(), from the loop itself.
  Result<> watchdog();

  /// Half of what systemd allows between two signs of life; nullopt: nobody watches.
  std::optional<std::chrono::microseconds> watchdog_interval() const { return watchdog_interval_; }
  bool is_listened_to() const { return static_cast<bool>(socket_); }

 private:
  Notifier() = default;
  Result<> send(std::string_view state);

  std::string address_;  ///< as sun_path holds it
  UniqueFd socket_;
  bool owes_ready_ = false;
  std::optional<std::chrono::microseconds> watchdog_interval_;
};

/// The three variables of this process.
NotifyEnvironment notify_environment();

}  // namespace berth::systemd
