// logind.hpp - the seam to logind: a shutdown that waits for us, and what is told of one.
#pragma once

#include <cstdint>
#include <string>

#include "base/async.hpp"
#include "base/channel.hpp"
#include "base/unique_fd.hpp"
#include "systemd/bus.hpp"

namespace berth::systemd {

/// Whom a shutdown waits for, and what for. `systemd-inhibit --list` shows it.
struct ShutdownWait {
  std::string who;
  std::string why;
};

enum class LogindNews : std::uint8_t {
  Appeared,  ///< it runs, perhaps anew: what it granted before may not hold
  GoesDown,  ///< the host goes down once nobody has it wait, or when InhibitDelayMaxSec has passed
  Stays,     ///< it does not, after all
};

/// What asks for a shutdown or reboot by way of logind, such as systemctl and power keys, has it
/// wait for those who hold a lock. One instance for the daemon; used by one coroutine of the loop
/// thread. source: systemd, org.freedesktop.login1(5); "Inhibitor Locks".
class Logind {
 public:
  virtual ~Logind() = default;

  /// Begins to listen, in place of an earlier time. True: logind runs just now.
  ///
  /// fails:  NotFound, Unavailable (no bus here), TimedOut, Cancelled.
  virtual Async<bool> listen(Deadline by) = 0;

  /// Has a shutdown wait while the descriptor is open, for InhibitDelayMaxSec at most. Does not
  /// start logind.
  ///
  /// fails:  NotFound, Unavailable (logind does not run, or the bus ended), Denied, Exhausted (the
  ///         host goes down already), TimedOut, Cancelled.
  virtual Async<UniqueFd> delay_shutdown(ShutdownWait wait, Deadline by) = 0;

  /// What is told next. fails: Cancelled; Unavailable (the bus ended: listen again).
  virtual Async<LogindNews> next() = 0;
};

/// logind on the system bus. Nothing blocks: the bus is waited for on the loop.
class BusLogind final : public Logind {
 public:
  explicit BusLogind(asio::any_io_executor executor);
  ~BusLogind() override;

  Async<bool> listen(Deadline by) override;
  Async<UniqueFd> delay_shutdown(ShutdownWait wait, Deadline by) override;
  Async<LogindNews> next() override;

 private:
  Result<> connect();
  Async<Message> ask(Message request, std::string what, Deadline by);
  Async<> turn(Deadline by);
  Async<> await_bus(Deadline by);
  static int on_owner(sd_bus_message* message, void* self, sd_bus_error*);
  static int on_shutdown(sd_bus_message* message, void* self, sd_bus_error*);

  asio::any_io_executor executor_;
  Bus bus_;
  std::string owner_;  ///< the connection that is logind, ":1.7"; "" when none is
  Channel<LogindNews, WhenFull::DropOldest> news_;
};

}  // namespace berth::systemd
