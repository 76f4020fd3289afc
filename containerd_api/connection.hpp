// connection.hpp - the channel to one containerd, seen from one of its namespaces.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <optional>
#include <string>

#include "base/async.hpp"

namespace berth::containerd_api {

/// One open stream of bytes, both ways; use Stream<Request, Reply> of awaitable.hpp instead.
/// At most one read and one write wait at the same time. Loop thread only.
class ByteStream {
 public:
  struct State;
  explicit ByteStream(std::shared_ptr<State> state);
  ByteStream(ByteStream&& other) noexcept;
  ByteStream& operator=(ByteStream&& other) noexcept;
  ~ByteStream();  ///< A stream not finished is cancelled.

  /// Waits until the message has been taken. `last` also ends our side.
  /// fails:  Unavailable (the stream has ended: finish() tells why).
  Async<> write(std::string message, bool last);
  /// The next message; nullopt when the far side has said its last (finish() tells how it ended).
  /// Nothing is read ahead: who does not read holds the sender back.
  Async<std::optional<std::string>> read();
  /// How the stream ended. Read to the end first, else this waits for ever; once only.
  Async<> finish();
  void cancel();

 private:
  std::shared_ptr<State> state_;
};

/// The channel to containerd. It connects by itself, also after containerd was away (at least once
/// a second); meanwhile calls fail at once with Unavailable. Owned by the program, outlives every
/// call; called on the loop thread. Cancelling a coroutine that waits here cancels the call.
class Connection {
 public:
  /// socket:  absolute path of containerd's socket.
  Connection(asio::any_io_executor executor, std::string socket, std::string namespace_name);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// One request, one reply, as bytes; use call() of awaitable.hpp instead.
  ///
  /// lease:  "containerd-lease": what the call makes belongs to this lease; "" is none.
  /// fails:  as status_error() maps it; TimedOut when `by` passes, Unavailable without containerd.
  Async<std::string> call_bytes(std::string path, std::string request, Deadline by,
                                std::string lease);
  /// Opens a stream; it fails at its first use when containerd is away.
  ByteStream open_bytes(std::string path, Deadline by, std::string lease);

  /// False while containerd was last found away.
  bool is_connected() const;

  const std::string& namespace_name() const { return namespace_; }
  const std::string& socket() const { return socket_; }

 private:
  struct Channel;

  asio::any_io_executor executor_;
  std::string socket_;
  std::string namespace_;
  std::unique_ptr<Channel> channel_;
};

}  // namespace berth::containerd_api
