// grace.hpp - calls that do harm when they are cut short.
#pragma once

#include <memory>
#include <optional>

#include "base/async.hpp"

namespace berth::runtime {

/// Waits for `work`. A cancel of the caller reaches it only `grace` later, if it has not ended by
/// then; whether there was one is for the caller to ask.
///
/// fails:  as `work` does.
template <class T>
Async<T> with_grace(std::chrono::milliseconds grace, Async<T> work) {
  struct Shared {
    explicit Shared(const asio::any_io_executor& executor) : ended(executor) {}
    asio::cancellation_signal cancel;
    std::optional<Result<T>> outcome;
    asio::steady_timer ended;  ///< cancelled when the outcome is there
  };
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  auto shared = std::make_shared<Shared>(executor);
  auto on_end = [shared](std::exception_ptr bug, Result<T> outcome) {
    if (bug) std::rethrow_exception(bug);
    shared->outcome = std::move(outcome);
    shared->ended.cancel();
  };
  asio::co_spawn(executor, std::move(work),
                 asio::bind_cancellation_slot(shared->cancel.slot(), std::move(on_end)));
  Deadline end = Deadline::never();
  while (!shared->outcome) {
    const bool cancelled = co_await is_cancelled();
    if (cancelled) end = earlier(end, Deadline::after(grace));
    if (end.has_passed()) {
      shared->cancel.emit(asio::cancellation_type::all);
      end = Deadline::after(grace);  // told again should it not have heard
      if (shared->outcome) break;
    }
    shared->ended.expires_at(end.at);
    co_await shared->ended.async_wait(use_result);
  }
  Result<T> outcome = std::move(*shared->outcome);
  co_return outcome;
}

}  // namespace berth::runtime
