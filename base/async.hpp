// async.hpp - calls that may wait, and until when.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "base/result.hpp"

namespace berth {

namespace asio = boost::asio;

/// A call that may wait. Failure is in the Result; an exception is a bug and ends the daemon.
template <class T = std::monostate>
using Async = asio::awaitable<Result<T>>;

/// The completion token of every Asio operation here: errors come back as values, never thrown.
inline constexpr auto use_result = asio::as_tuple(asio::use_awaitable);

/// A moment after which a wait is given up. Made where the policy is known, passed down unchanged.
struct Deadline {
  std::chrono::steady_clock::time_point at;

  static Deadline after(std::chrono::steady_clock::duration wait) {
    return {std::chrono::steady_clock::now() + wait};
  }
  /// For waits whose owner ends them by cancelling, such as the read of a session.
  static Deadline never() { return {std::chrono::steady_clock::time_point::max()}; }

  bool is_never() const { return at == std::chrono::steady_clock::time_point::max(); }
  bool has_passed() const { return !is_never() && std::chrono::steady_clock::now() >= at; }
  std::chrono::milliseconds left() const {
    if (is_never()) return std::chrono::hours(24 * 365);
    const auto rest =
        std::chrono::ceil<std::chrono::milliseconds>(at - std::chrono::steady_clock::now());
    return rest < std::chrono::milliseconds::zero() ? std::chrono::milliseconds::zero() : rest;
  }
  bool operator==(const Deadline&) const = default;
  auto operator<=>(const Deadline&) const = default;
};

/// The earlier of two deadlines.
inline Deadline earlier(Deadline a, Deadline b) {
  return a.at < b.at ? a : b;
}

namespace detail {

// A branch of `||` runs as a coroutine of its own; cancelled, it must see its operation's error
// as a value and not an exception at the next wait.
template <class T>
Async<T> quietly(Async<T> work) {
  co_await asio::this_coro::throw_if_cancelled(false);
  Result<T> outcome = co_await std::move(work);
  co_return outcome;
}

/// Ends when somebody cancels the timer, which never expires by itself.
inline asio::awaitable<void> wait_for_cancel(asio::steady_timer& timer) {
  co_await asio::this_coro::throw_if_cancelled(false);
  co_await timer.async_wait(use_result);
}

}  // namespace detail

/// True once the coroutine that asks was cancelled. Asio tells a cancel once, to the operation that
/// waits just then, and one that has completed in the same moment does not hear it: so whoever is
/// about to wait in a loop asks first.
inline asio::awaitable<bool> is_cancelled() {
  const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
  co_return state.cancelled() != asio::cancellation_type::none;
}

namespace detail {

/// What before() and its work share: whichever ends last frees it.
template <class T>
struct Race {
  explicit Race(const asio::any_io_executor& executor) : ended(executor) {}

  asio::cancellation_signal cancel;
  std::optional<Result<T>> outcome;
  asio::steady_timer ended;  ///< cancelled when the outcome is there
};

template <class T>
void run_race(const std::shared_ptr<Race<T>>& race, const asio::any_io_executor& executor,
              Async<T> work) {
  auto on_end = [race](std::exception_ptr bug, Result<T> outcome) {
    if (bug) std::rethrow_exception(bug);
    race->outcome = std::move(outcome);
    race->ended.cancel();
  };
  asio::co_spawn(executor, quietly(std::move(work)),
                 asio::bind_cancellation_slot(race->cancel.slot(), std::move(on_end)));
}

}  // namespace detail

/// Waits for `work`, but not past `by`; then `work` is cancelled, again until it hears it, and
/// awaited, so nothing of it is left running.
///
/// fails:  TimedOut ("<what>: no answer in time"), or as `work` does. A cancel from outside
///         reaches `work`, whose error comes back.
template <class T>
Async<T> before(Deadline by, Async<T> work, std::string what) {
  if (by.is_never()) {
    Result<T> outcome = co_await std::move(work);
    co_return outcome;
  }
  constexpr std::chrono::milliseconds kRepeatCancel{10};
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  auto race = std::make_shared<detail::Race<T>>(executor);
  detail::run_race(race, executor, std::move(work));
  bool timed_out = false;
  while (!race->outcome) {
    const bool cancelled = co_await is_cancelled();
    timed_out = timed_out || (!cancelled && by.has_passed());
    if (cancelled || timed_out) race->cancel.emit(asio::cancellation_type::all);
    if (race->outcome) break;
    const auto soon = std::chrono::steady_clock::now() + kRepeatCancel;
    race->ended.expires_at(cancelled || timed_out ? soon : by.at);
    co_await race->ended.async_wait(use_result);
  }
  if (timed_out && !race->outcome->has_value() && race->outcome->error().code == Errc::Cancelled) {
    co_return Error{Errc::TimedOut, 0, what + ": no answer in time"};
  }
  Result<T> outcome = std::move(*race->outcome);
  co_return outcome;
}

/// An Asio or Beast error code as an Error; operation_aborted is Cancelled.
Error asio_error(const boost::system::error_code& code, std::string_view what);

}  // namespace berth
