// offload.hpp - a small thread pool for calls that block.
#pragma once

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <optional>
#include <type_traits>

#include "base/async.hpp"

namespace berth {

/// Threads for blocking calls. Owned by the daemon, outlives everything that uses it. A call once
/// begun runs to its end: its coroutine resumes only then, cancelled or not.
class Offload {
 public:
  explicit Offload(std::size_t threads) : pool_(threads) {}
  ~Offload() { pool_.join(); }

  /// Runs `call` (returning Result<T>) on the pool; resumes on the caller's executor.
  template <class Call>
  auto run(Call call) -> asio::awaitable<std::invoke_result_t<Call>> {
    using R = std::invoke_result_t<Call>;
    auto home = co_await asio::this_coro::executor;
    R outcome = co_await asio::async_initiate<decltype(asio::use_awaitable), void(R)>(
        [this, home](auto handler, Call work) {
          auto shared = std::make_shared<decltype(handler)>(std::move(handler));
          auto guard = asio::make_work_guard(home);
          asio::post(pool_, [shared, guard, home, work = std::move(work)]() mutable {
            R done = work();
            asio::post(home, [shared, guard, done = std::move(done)]() mutable {
              std::move (*shared)(std::move(done));
            });
          });
        },
        asio::use_awaitable, std::move(call));
    co_return outcome;
  }

  /// Runs `call` on the pool without waiting for it; with one thread, in the order of posting.
  template <class Call>
  void post(Call call) {
    asio::post(pool_, std::move(call));
  }

 private:
  asio::thread_pool pool_;
};

}  // namespace berth
