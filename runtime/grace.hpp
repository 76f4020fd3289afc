// grace.hpp - calls that do harm when they are cut short.
#pragma once

#include <memory>

#include "base/async.hpp"

namespace berth::runtime {

/// Waits for `work`. A cancel of the caller reaches it only `grace` later, if it has not ended by
/// then; whether there was one is for the caller to ask.
///
/// fails:  as `work` does.
template <class T>
Async<T> with_grace(std::chrono::milliseconds grace, Async<T> work) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  auto race = std::make_shared<detail::Race<T>>(executor);
  detail::run_race(race, executor, std::move(work));
  Deadline end = Deadline::never();
  while (!race->outcome) {
    const bool cancelled = co_await is_cancelled();
    if (cancelled) end = earlier(end, Deadline::after(grace));
    if (end.has_passed()) {
      race->cancel.emit(asio::cancellation_type::all);
      end = Deadline::after(grace);  // told again should it not have heard
      if (race->outcome) break;
    }
    race->ended.expires_at(end.at);
    co_await race->ended.async_wait(use_result);
  }
  Result<T> outcome = std::move(*race->outcome);
  co_return outcome;
}

}  // namespace berth::runtime
