// awaitable.hpp - containerd's calls and streams with their own types, to be awaited.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "base/async.hpp"
#include "containerd_api/connection.hpp"
#include "containerd_api/method.hpp"

namespace berth::containerd_api {

/// One call.
///
///   tasks::GetRequest request;  request.set_container_id(id);
///   auto got = co_await call(connection, tasks::kGet, std::move(request), by);
///
/// fails:  as status_error() maps it, message "<service>.<call>: <containerd's words>"; TimedOut,
///         Unavailable, Cancelled; Broken (the reply cannot be decoded).
template <class Request, class Reply>
Async<Reply> call(Connection& connection, Method<Request, Reply> method, Request request,
                  Deadline by, std::string lease = "") {
  std::string bytes = request.SerializeAsString();
  Result<std::string> answer =
      co_await connection.call_bytes(method.path, std::move(bytes), by, std::move(lease));
  if (!answer) co_return std::move(answer).error();
  Reply reply;
  if (!reply.ParseFromString(*answer)) {
    co_return Error{Errc::Broken, 0, short_name(method.path) + ": reply cannot be decoded"};
  }
  co_return reply;
}

/// An open stream of messages. One read and one write may wait at the same time.
template <class Request, class Reply>
class Stream {
 public:
  Stream(ByteStream bytes, const char* path) : bytes_(std::move(bytes)), path_(path) {}

  /// Sends one message; with `last` nothing more will be sent.
  Async<> write(Request request, bool last = false) {
    return bytes_.write(request.SerializeAsString(), last);
  }

  /// The next message; nullopt when the far side has said its last: finish() then tells how it
  /// ended.
  Async<std::optional<Reply>> read() {
    Result<std::optional<std::string>> got = co_await bytes_.read();
    if (!got) co_return std::move(got).error();
    if (!*got) co_return std::optional<Reply>{};
    Reply reply;
    if (!reply.ParseFromString(**got)) {
      co_return Error{Errc::Broken, 0, short_name(path_) + ": message cannot be decoded"};
    }
    co_return std::optional<Reply>(std::move(reply));
  }

  /// How it ended; after read() gave nullopt.
  Async<> finish() { return bytes_.finish(); }
  void cancel() { bytes_.cancel(); }

 private:
  ByteStream bytes_;
  const char* path_;
};

/// Opens a stream in both directions, such as content.Write; `by` bounds the whole stream.
template <class Request, class Reply>
Stream<Request, Reply> open(Connection& connection, Method<Request, Reply> method, Deadline by,
                            std::string lease = "") {
  return {connection.open_bytes(method.path, by, std::move(lease)), method.path};
}

/// Opens a stream that answers one request with many messages, such as snapshots.List.
template <class Request, class Reply>
Async<Stream<Request, Reply>> subscribe(Connection& connection, Method<Request, Reply> method,
                                        Request request, Deadline by, std::string lease = "") {
  Stream<Request, Reply> stream = open(connection, method, by, std::move(lease));
  Result<> sent = co_await stream.write(std::move(request), true);
  if (!sent) {
    // The reason stands in the status, not in the failed write.
    Result<> ended = co_await stream.finish();
    if (!ended) co_return std::move(ended).error();
    co_return std::move(sent).error();
  }
  co_return std::move(stream);
}

}  // namespace berth::containerd_api
