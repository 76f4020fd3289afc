// nursery.hpp - owns running coroutines, so that none outlives what it uses.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "base/async.hpp"

namespace berth {

/// The only place where a coroutine is spawned. Owned by whatever its coroutines refer to; called
/// on the loop thread. An exception that leaves a coroutine is a bug: it is logged and ends the
/// program.
class Nursery {
 public:
  explicit Nursery(asio::any_io_executor executor);
  ~Nursery();  ///< Everything must have ended: call stop() and wait first (asserted).
  Nursery(const Nursery&) = delete;
  Nursery& operator=(const Nursery&) = delete;

  /// Runs `work` until it ends or is cancelled. Its failure is logged as a warning under `name`,
  /// unless it is Cancelled; whoever needs the outcome gives `work` a place to put it.
  /// After stop() nothing is started; `work` is dropped.
  void start(std::string name, Async<> work);

  /// Cancels one by the name it was started under; no effect when none has it.
  void cancel(const std::string& name);

  /// Refuses new work, cancels all, waits until each has ended.
  Async<> stop();

  std::size_t running() const { return running_.size(); }
  asio::any_io_executor executor() const { return executor_; }

 private:
  struct Entry {
    std::string name;
    std::unique_ptr<asio::cancellation_signal> cancel;
  };
  void ended(std::uint64_t id);

  asio::any_io_executor executor_;
  std::map<std::uint64_t, Entry> running_;
  std::uint64_t next_ = 0;
  bool stopping_ = false;
  asio::steady_timer empty_;  ///< expires when the last coroutine ends
};

}  // namespace berth
