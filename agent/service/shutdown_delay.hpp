// shutdown_delay.hpp - a shutdown of the host waits for us, where logind can be asked to.
#pragma once

#include <functional>
#include <string>

#include "base/backoff.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/unique_fd.hpp"
#include "systemd/logind.hpp"

namespace berth::service {

/// What is done about it.
struct OnShutdown {
  std::function<void()> goes_down;  ///< the host waits for let_go()
  std::function<void()> stays;      ///< it did not go down after all
};

/// Holds logind's lock from start to shutdown. Without logind, or without a bus, the daemon does
/// without: its unit's place in the order of units is enough, but leaves less time. One instance
/// for the daemon; loop thread. logind and clock outlive it.
class ShutdownDelay {
 public:
  ShutdownDelay(systemd::Logind& logind, Clock& clock, OnShutdown told);

  /// Takes the lock, again whenever logind or the bus has come back, and hears what is told. Works
  /// until it is cancelled; the lock is kept then.
  Async<> run();

  /// The host need not wait any longer.
  void let_go() { lock_.reset(); }

  bool is_held() const { return static_cast<bool>(lock_); }
  /// From goes_down() to stays().
  bool goes_down() const { return goes_down_; }

 private:
  Async<> hear();
  Async<> take();
  void heed(systemd::LogindNews news);
  void stay();
  void note_without(std::string reason);

  systemd::Logind& logind_;
  Clock& clock_;
  OnShutdown told_;
  Random random_;
  Backoff backoff_;
  UniqueFd lock_;
  bool goes_down_ = false;
  std::string without_;  ///< why there is no lock, as logged
};

}  // namespace berth::service
