// service.hpp - the other end of both sessions: a real server that checks every signature.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "aws/sigv4.hpp"
#include "base/channel.hpp"
#include "controlplane/client/session.hpp"
#include "controlplane/client/telemetry.hpp"
#include "controlplane/protocol/telemetry.hpp"
#include "tests/fakes/fake_control_plane.hpp"
#include "tests/fakes/loop.hpp"
#include "tests/fakes/loopback_server.hpp"

namespace berth::client::testing {

inline const aws::Keys kKeys{"AKID", "secret", "token"};
inline const aws::Scope kScope{"eu-west-1", "ecs"};
using Frames = Channel<std::string, WhenFull::Refuse>;

/// What the service saw and does, in its own loop with the agent's session beside it.
struct Service {
  berth::testing::Loop loop;
  SystemClock clock;
  Random random{1};
  berth::testing::FakeControlPlane control_plane;
  aws::Credentials credentials{{kKeys, ""}};
  aws::Signer signer{credentials, clock, kScope};
  Endpoints endpoints{control_plane, clock, "lab", "arn:instance"};
  std::unique_ptr<http::Server> server;

  std::vector<http::Request> upgrades;           ///< every one that was signed right
  std::optional<http::Response> refusal;         ///< for the next upgrade
  std::vector<std::string> greeting;             ///< frames sent to whoever connects
  std::unique_ptr<http::WebSocket> open;         ///< the latest connection
  Frames received{loop.io.get_executor(), 100};  ///< frames of the agent
  Frames ends{loop.io.get_executor(), 100};      ///< "1000 reason" as each connection ends

  Service();
  ~Service() { loop.stop(); }

  Identity identity() const { return {"lab", "arn:instance", "0.1.0", "1a2b", "containerd/1.6"}; }
  LinkTools tools() {
    return {signer, clock, random, websocket_connect({}), "berth/0.1.0 (linux; LINUX)"};
  }
  std::string next(Frames& frames) {
    auto frame = loop.run(frames.pop(Deadline::after(std::chrono::seconds(10))));
    return frame ? *frame : frame.error().text();
  }
  void send(const std::string& frame) {
    auto sent = loop.run(open->write(frame, Deadline::after(std::chrono::seconds(10))));
    if (!sent) throw std::runtime_error(sent.error().text());
  }
  void close(http::Closed why) {
    (void)loop.run(open->close(std::move(why), Deadline::after(std::chrono::seconds(10))));
  }
};

inline Async<std::optional<http::Response>> let_in(Service* service, http::Request request) {
  const auto verdict =
      aws::verify(request, kScope, [](const std::string&) { return kKeys; }, service->clock.wall());
  if (const auto* refused = std::get_if<aws::Refusal>(&verdict)) {
    co_return http::Response{refused->http_status, {}, refused->message};
  }
  service->upgrades.push_back(std::move(request));
  co_return std::exchange(service->refusal, std::nullopt);
}

/// Reads until the end; writes go through `open` from the test.
inline Async<> converse(Service* service, std::unique_ptr<http::WebSocket> socket) {
  http::WebSocket* const ours = socket.get();
  service->open = std::move(socket);
  for (const std::string& frame : service->greeting) {
    std::string text = frame;
    BERTH_CO_CHECK(co_await ours->write(std::move(text), Deadline::never()));
  }
  for (;;) {
    Result<std::string> frame = co_await ours->read(Deadline::never());
    if (!frame) break;
    BERTH_CO_CHECK(service->received.push(std::move(*frame)));
  }
  if (service->open.get() != ours) co_return ok();
  const auto closed = ours->closed().value_or(http::Closed{0, "by us"});
  co_return service->ends.push(std::to_string(closed.code) + " " + closed.reason);
}

inline Service::Service() {
  http::Server::Handlers handlers;
  handlers.gate = [this](http::Request request, http::Peer) {
    return let_in(this, std::move(request));
  };
  handlers.conversation = [this](http::Request, std::unique_ptr<http::WebSocket> socket,
                                 http::Peer) { return converse(this, std::move(socket)); };
  server = berth::testing::serve_on_loopback(std::move(handlers), loop.nursery);
  const std::string base = berth::testing::url_of(*server);
  control_plane.endpoint = base + "/acs/";
  control_plane.telemetry_endpoint = base + "/tcs/";
}

}  // namespace berth::client::testing
