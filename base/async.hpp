// async.hpp - calls that may wait, and until when.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
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
inline Deadline earlier(Deadline a, Deadline b) { return a.at < b.at ? a : b; }

namespace detail {

// A branch of `||` runs as a coroutine of its own; cancelled, it must see its operation's error
// as a value and not an exception at the next wait.
template <class T>
Async<T> quietly(Async<T> work) {
  co_await asio::this_coro::throw_if_cancelled(false);
  Result<T> outcome = co_await std::move(work);
  co_return outcome;
}

inline asio::awaitable<void> wait_until(Deadline by) {
  co_await asio::this_coro::throw_if_cancelled(false);
  asio::steady_timer timer(co_await asio::this_coro::executor, by.at);
  co_await timer.async_wait(use_result);
}

/// Ends when somebody cancels the timer, which never expires by itself.
inline asio::awaitable<void> wait_for_cancel(asio::steady_timer& timer) {
  co_await asio::this_coro::throw_if_cancelled(false);
  co_await timer.async_wait(use_result);
}

}  // namespace detail

/// Waits for `work`, but not past `by`; then `work` is cancelled and awaited, so nothing of it is
/// left running.
///
/// fails:  TimedOut ("<what>: no answer in time"), or as `work` does. A cancel from outside
///         reaches `work`, whose error comes back.
template <class T>
Async<T> before(Deadline by, Async<T> work, std::string what) {
  if (by.is_never()) {
    Result<T> outcome = co_await std::move(work);
    co_return outcome;
  }
  using namespace asio::experimental::awaitable_operators;
  std::variant<Result<T>, std::monostate> first =
      co_await (detail::quietly(std::move(work)) || detail::wait_until(by));
  if (first.index() == 0) co_return std::get<0>(std::move(first));
  const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none) {
    co_return Error{Errc::Cancelled, 0, what + ": cancelled"};
  }
  co_return Error{Errc::TimedOut, 0, what + ": no answer in time"};
}

/// An Asio or Beast error code as an Error; operation_aborted is Cancelled.
Error asio_error(const boost::system::error_code& code, std::string_view what);

}  // namespace berth
