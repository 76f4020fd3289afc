// loop.hpp - a loop thread for a test: runs one coroutine to its end while others go on beside it.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <optional>

#include "base/async.hpp"
#include "base/nursery.hpp"

namespace berth::testing {

/// Everything started in `nursery` is stopped and waited for at the end of the test, so a test
/// declares its Loop before what its coroutines refer to only when it calls stop() itself.
class Loop {
 public:
  Loop() : nursery(io.get_executor()) {}
  ~Loop() { stop(); }

  /// Runs the loop until `work` has ended.
  template <class T>
  Result<T> run(Async<T> work) {
    std::optional<Result<T>> outcome;
    asio::co_spawn(io, detail::quietly(std::move(work)),
                   [&outcome](std::exception_ptr thrown, Result<T> result) {
                     if (thrown) std::rethrow_exception(thrown);
                     outcome = std::move(result);
                   });
    while (!outcome) {
      io.restart();
      io.run_one();
    }
    return std::move(*outcome);
  }

  /// Stops what runs in the nursery; nothing can be started there afterwards.
  void stop() {
    if (stopped_) return;
    stopped_ = true;
    const auto stopped = run(nursery.stop());
    if (!stopped) std::terminate();
    io.restart();
    io.poll();
  }

  asio::io_context io{1};
  Nursery nursery;

 private:
  bool stopped_ = false;
};

}  // namespace berth::testing
