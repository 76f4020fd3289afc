// readable.hpp - waiting until a descriptor has something to read, or takes something.
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <string>

#include "base/async.hpp"

namespace berth {

/// Borrows a descriptor for waiting; whoever owns it must keep it open meanwhile.
class Readable {
 public:
  /// what: for the error, "wait for notices of the kernel".
  Readable(const asio::any_io_executor& executor, int fd, std::string what)
      : descriptor_(executor, fd), what_(std::move(what)) {}
  ~Readable() { descriptor_.release(); }
  Readable(const Readable&) = delete;

  /// fails: Cancelled.
  Async<> wait() { return wait_for(asio::posix::stream_descriptor::wait_read); }
  /// Until it takes more. fails: Cancelled.
  Async<> wait_for_room() { return wait_for(asio::posix::stream_descriptor::wait_write); }

 private:
  Async<> wait_for(asio::posix::stream_descriptor::wait_type event) {
    const auto [failed] = co_await descriptor_.async_wait(event, use_result);
    if (failed) co_return asio_error(failed, what_);
    co_return ok();
  }

  asio::posix::stream_descriptor descriptor_;
  std::string what_;
};

}  // namespace berth
