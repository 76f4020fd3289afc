// echo_server.hpp - a gRPC server in this process, on a unix socket, for the adapters' tests.
#pragma once

#include <memory>
#include <string>

namespace berth::testing {

/// Answers by the call's path: "/t.T/Echo" sends each message back, "/t.T/Count" answers a request
/// "n" with n messages, "/t.T/Headers" tells the namespace and lease it was called with,
/// "/t.T/Fail" ends with NOT_FOUND "no such thing", "/t.T/Hang" never answers. Stopped when
/// destroyed.
class EchoServer {
 public:
  explicit EchoServer(const std::string& socket);
  ~EchoServer();
  /// Waits until a call to "/t.T/Hang" has come in.
  void wait_until_hanging() const;
  /// How many calls to "/t.T/Hang" have been cancelled by their caller.
  int cancelled() const;
  /// Waits until that many have been.
  void wait_until_cancelled(int count) const;

  struct Service;

 private:
  struct Running;
  std::unique_ptr<Running> running_;
};

}  // namespace berth::testing
