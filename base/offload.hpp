// offload.hpp - threads for calls that block.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <type_traits>
#include <vector>

#include "base/async.hpp"

namespace berth {

/// Owned by the daemon, outlives everything that uses it; its end waits for what still runs. A call
/// that hangs in the kernel holds its thread, but not those that wait behind it: one that has
/// waited for kPatience gets a thread more, up to `most`.
class Offload {
 public:
  static constexpr std::chrono::milliseconds kPatience{200};

  /// threads:  how many usually work; with one, and `most` of one, calls run in the order given.
  explicit Offload(std::size_t threads) : Offload(threads, threads) {}
  Offload(std::size_t threads, std::size_t most);
  ~Offload();
  Offload(const Offload&) = delete;
  Offload& operator=(const Offload&) = delete;

  /// Runs `call` (returning Result<T>) on a thread; resumes on the caller's executor once it has
  /// ended, cancelled or not.
  template <class Call>
  auto run(Call call) -> asio::awaitable<std::invoke_result_t<Call>> {
    using R = std::invoke_result_t<Call>;
    R outcome = co_await run_until(std::move(call), Deadline::never(), false);
    co_return outcome;
  }

  /// The same, but waits neither past `by` nor after a cancel: the call goes on alone then, so it
  /// may use only what it holds itself and what outlives the daemon's steps.
  ///
  /// fails:  TimedOut, Cancelled, or as the call does.
  template <class Call>
  auto run_until(Call call, Deadline by) -> asio::awaitable<std::invoke_result_t<Call>> {
    using R = std::invoke_result_t<Call>;
    R outcome = co_await run_until(std::move(call), by, true);
    co_return outcome;
  }

  /// Runs `call` on a thread without waiting for it.
  template <class Call>
  void post(Call call) {
    push(std::make_shared<Call>(std::move(call)));
  }

 private:
  struct Job {
    std::function<void()> run;
    std::chrono::steady_clock::time_point since;
  };
  /// One call's outcome on its way back to the loop.
  template <class R>
  struct Slot {
    explicit Slot(const asio::any_io_executor& home) : ended(home) {}
    asio::steady_timer ended;  ///< cancelled when the outcome is there
    std::optional<R> outcome;
  };

  template <class Call>
  auto run_until(Call call, Deadline by, bool may_leave)
      -> asio::awaitable<std::invoke_result_t<Call>> {
    using R = std::invoke_result_t<Call>;
    const asio::any_io_executor home = co_await asio::this_coro::executor;
    auto slot = std::make_shared<Slot<R>>(home);
    slot->ended.expires_at(by.at);
    post([slot, home, guard = asio::make_work_guard(home), work = std::move(call)]() mutable {
      auto done = std::make_shared<R>(work());
      asio::post(home, [slot, done, guard = std::move(guard)] {
        slot->outcome = std::move(*done);
        slot->ended.cancel();
      });
    });
    while (!slot->outcome) {
      co_await slot->ended.async_wait(use_result);
      if (slot->outcome || !may_leave) continue;
      const bool cancelled = co_await is_cancelled();
      if (cancelled) co_return Error{Errc::Cancelled, 0, "cancelled while a call blocks"};
      if (by.has_passed()) co_return Error{Errc::TimedOut, 0, "a call blocks past its time"};
    }
    R outcome = std::move(*slot->outcome);
    co_return outcome;
  }

  template <class Call>
  void push(std::shared_ptr<Call> call) {
    push_job([call] { static_cast<void>((*call)()); });
  }
  void push_job(std::function<void()> job);
  void add_thread(bool is_spare);
  void work(bool is_spare);

  const std::size_t most_;
  std::mutex mutex_;
  std::condition_variable given_;    ///< there is work, for those who usually do it
  std::condition_variable delayed_;  ///< there is work and all are busy, for the spare one
  std::deque<Job> jobs_;
  std::size_t idle_ = 0;  ///< of those who usually work
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace berth
