// echo_server.cpp - a gRPC server in this process.
#include "tests/containerd_api/echo_server.hpp"

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <atomic>

namespace berth::testing {

namespace {

std::string text_of(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string text;
  if (!buffer.Dump(&slices).ok()) return text;
  for (const auto& slice : slices) {
    text.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return text;
}

grpc::ByteBuffer buffer_of(const std::string& text) {
  const grpc::Slice slice(text);
  return grpc::ByteBuffer(&slice, 1);
}

std::string header(const grpc::GenericCallbackServerContext& context, const char* name) {
  const auto found = context.client_metadata().find(name);
  if (found == context.client_metadata().end()) return "-";
  return std::string(found->second.begin(), found->second.end());
}

}  // namespace

struct EchoServer::Service final : grpc::CallbackGenericService {
  std::atomic<int> cancelled{0};
  std::atomic<bool> is_hanging{false};

  struct Call final : grpc::ServerGenericBidiReactor {
    Call(Service& owner, grpc::GenericCallbackServerContext& context)
        : service(owner), path(context.method()) {
      if (path == "/t.T/Headers") {
        answer =
            header(context, "containerd-namespace") + "/" + header(context, "containerd-lease");
      }
      StartRead(&incoming);
    }
    void OnReadDone(bool is_good) override {
      if (path == "/t.T/Hang") {
        service.is_hanging = true;
        service.is_hanging.notify_all();
        return;
      }
      if (path == "/t.T/Fail") return Finish({grpc::StatusCode::NOT_FOUND, "no such thing"});
      if (!is_good) return Finish(grpc::Status::OK);
      if (path == "/t.T/Count") left = std::stoi(text_of(incoming));
      if (path == "/t.T/Echo") answer = text_of(incoming);
      next();
    }
    void next() {
      if (path == "/t.T/Count") {
        if (left == 0) return Finish(grpc::Status::OK);
        answer = std::to_string(left--);
      }
      outgoing = buffer_of(answer);
      StartWrite(&outgoing);
    }
    void OnWriteDone(bool is_good) override {
      if (!is_good) return Finish(grpc::Status::CANCELLED);
      if (path == "/t.T/Count") return next();
      StartRead(&incoming);
    }
    void OnCancel() override {
      if (path != "/t.T/Hang") return;
      ++service.cancelled;
      service.cancelled.notify_all();
      Finish(grpc::Status::CANCELLED);
    }
    void OnDone() override { delete this; }

    Service& service;
    std::string path, answer;
    grpc::ByteBuffer incoming, outgoing;
    int left = 0;
  };

  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override {
    return new Call(*this, *context);
  }
};

struct EchoServer::Running {
  Service service;
  std::unique_ptr<grpc::Server> server;
};

EchoServer::EchoServer(const std::string& socket) : running_(std::make_unique<Running>()) {
  grpc::ServerBuilder builder;
  builder.AddListeningPort("unix://" + socket, grpc::InsecureServerCredentials());
  builder.RegisterCallbackGenericService(&running_->service);
  running_->server = builder.BuildAndStart();
}

EchoServer::~EchoServer() {
  // A deadline in the past: what still hangs is cancelled at once.
  running_->server->Shutdown(gpr_now(GPR_CLOCK_MONOTONIC));
}

void EchoServer::wait_until_hanging() const {
  running_->service.is_hanging.wait(false);
}

int EchoServer::cancelled() const {
  return running_->service.cancelled;
}

void EchoServer::wait_until_cancelled(int count) const {
  auto& cancelled = running_->service.cancelled;
  for (int now = cancelled; now < count; now = cancelled) cancelled.wait(now);
}

}  // namespace berth::testing
