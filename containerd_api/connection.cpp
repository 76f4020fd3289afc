// connection.cpp - gRPC's callbacks brought to the loop thread.
#include "containerd_api/connection.hpp"

#include <grpc/grpc.h>
#include <grpcpp/channel.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>

#include <atomic>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <cassert>
#include <functional>
#include <set>

#include "containerd_api/method.hpp"
#include "containerd_api/status.hpp"

namespace berth::containerd_api {

namespace {

using Executor = asio::any_io_executor;
using WorkGuard = asio::executor_work_guard<Executor>;

/// Calls under way. The loop thread owns `open`; gRPC's threads only count down, once they have
/// posted their last word.
struct InFlight {
  std::set<grpc::ClientContext*> open;
  std::atomic<int> count{0};

  void begin(grpc::ClientContext* context) {
    open.insert(context);
    count.fetch_add(1);
  }
  void told() {
    count.fetch_sub(1);
    count.notify_all();
  }
};

grpc::ByteBuffer buffer_of(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}

std::string bytes_of(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (!buffer.Dump(&slices).ok()) return bytes;
  bytes.reserve(buffer.Length());
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
}

void prepare(grpc::ClientContext& context, const std::string& namespace_name, Deadline by,
             const std::string& lease) {
  context.AddMetadata("containerd-namespace", namespace_name);
  if (!lease.empty()) context.AddMetadata("containerd-lease", lease);
  if (by.is_never()) return;
  const auto left = std::chrono::duration_cast<std::chrono::microseconds>(
      by.at - std::chrono::steady_clock::now());
  context.set_deadline(
      gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_micros(left.count(), GPR_TIMESPAN)));
}

Error error_of(const grpc::Status& status, const std::string& path, bool cancelled_by_us) {
  int code = status.error_code();
  // containerd cancels its calls when it shuts down; to us that is a peer that went away.
  if (code == grpc::StatusCode::CANCELLED && !cancelled_by_us) code = grpc::StatusCode::UNAVAILABLE;
  return status_error(code, status.error_message(), short_name(path));
}

/// A completion handler that std::function can hold, together with what keeps the loop running.
template <class Handler, class Value>
std::function<void(Value)> resume_with(Handler handler, const Executor& executor) {
  auto shared = std::make_shared<Handler>(std::move(handler));
  auto guard = std::make_shared<WorkGuard>(executor);
  return [shared, guard](Value value) { std::move (*shared)(std::move(value)); };
}

}  // namespace

struct Connection::Channel {
  std::shared_ptr<grpc::Channel> channel;
  grpc::GenericStub stub;
  std::shared_ptr<InFlight> in_flight = std::make_shared<InFlight>();

  explicit Channel(std::shared_ptr<grpc::Channel> opened)
      : channel(std::move(opened)), stub(channel) {}
};

namespace {

/// One unary call; lives until gRPC has told its end and the loop has heard it.
struct UnaryCall {
  grpc::ClientContext context;
  grpc::ByteBuffer request, reply;
  bool cancelled = false;
};

}  // namespace

Connection::Connection(asio::any_io_executor executor, std::string socket,
                       std::string namespace_name)
    : executor_(std::move(executor)),
      socket_(std::move(socket)),
      namespace_(std::move(namespace_name)) {
  // Started once and never ended: when its last channel goes, gRPC's shutdown may wait 10 s for a
  // poller that nothing wakes (seen with 1.51).
  [[maybe_unused]] static const bool is_started = (grpc_init(), true);
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 5000);  // how long one attempt may take
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);  // gRPC's own cap is 2 minutes
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);               // retrying is the caller's policy
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  arguments.SetMaxReceiveMessageSize(16 << 20);  // what containerd itself allows
  // A channel of its own, not one shared with other connections to the same socket.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  channel_ = std::make_unique<Channel>(grpc::CreateCustomChannel(
      "unix://" + socket_, grpc::InsecureChannelCredentials(), arguments));
}

bool Connection::is_connected() const {
  const grpc_connectivity_state state = channel_->channel->GetState(false);
  return state == GRPC_CHANNEL_READY || state == GRPC_CHANNEL_IDLE;
}

Connection::~Connection() {
  InFlight& in_flight = *channel_->in_flight;
  for (grpc::ClientContext* context : in_flight.open) context->TryCancel();
  for (int left = in_flight.count; left != 0; left = in_flight.count) in_flight.count.wait(left);
}

Async<std::string> Connection::call_bytes(std::string path, std::string request, Deadline by,
                                          std::string lease) {
  if (by.has_passed()) {
    co_return Error{Errc::TimedOut, 0, short_name(path) + ": no time left to ask"};
  }
  auto call = std::make_shared<UnaryCall>();
  call->request = buffer_of(request);
  prepare(call->context, namespace_, by, lease);

  auto begin = [call, path, executor = executor_, channel = channel_.get()](auto handler) {
    using Handler = decltype(handler);
    auto slot = asio::get_associated_cancellation_slot(handler);
    if (slot.is_connected()) {
      slot.assign([call](asio::cancellation_type) {
        call->cancelled = true;
        call->context.TryCancel();
      });
    }
    auto resume = resume_with<Handler, Result<std::string>>(std::move(handler), executor);
    auto in_flight = channel->in_flight;
    in_flight->begin(&call->context);
    auto tell = [call, path, slot, resume, in_flight](const grpc::Status& status) mutable {
      in_flight->open.erase(&call->context);
      if (slot.is_connected()) slot.clear();
      // Cancelled just as it ended: said all the same, for nobody else will tell the caller.
      if (status.ok() && call->cancelled) {
        resume(status_error(grpc::StatusCode::CANCELLED, "cancelled", short_name(path)));
      } else if (status.ok()) {
        resume(bytes_of(call->reply));
      } else {
        resume(error_of(status, path, call->cancelled));
      }
    };
    // All of the call goes to the loop; gRPC's thread keeps nothing of it. With the last context
    // may go the channel, and with the last channel gRPC joins its threads: on one of them it would
    // free the queue that this thread still reads, and abort.
    auto on_end = [tell, executor, in_flight](grpc::Status status) mutable {
      asio::post(executor, [tell = std::move(tell), status]() mutable { tell(status); });
      in_flight->told();
    };
    channel->stub.UnaryCall(&call->context, path, {}, &call->request, &call->reply, on_end);
  };
  Result<std::string> answer =
      co_await asio::async_initiate<decltype(asio::use_awaitable), void(Result<std::string>)>(
          std::move(begin), asio::use_awaitable);
  co_return answer;
}

/// The reactor keeps itself alive until gRPC has said OnDone. Callbacks come on gRPC's threads and
/// do nothing but post; all other members belong to the loop thread.
struct ByteStream::State final : grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
  State(Executor loop, std::string call_path, std::shared_ptr<InFlight> flights)
      : executor(loop), path(std::move(call_path)), in_flight(std::move(flights)) {}

  void OnReadDone(bool is_good) override {
    asio::post(executor, [self = self, is_good] { self->end_of(self->on_read, is_good); });
  }
  void OnWriteDone(bool is_good) override {
    asio::post(executor, [self = self, is_good] { self->end_of(self->on_write, is_good); });
  }
  void OnDone(const grpc::Status& outcome) override {
    auto flights = in_flight;
    asio::post(executor, [self = self, outcome] {
      self->in_flight->open.erase(&self->context);
      self->status = outcome;
      self->work.reset();
      self->end_of(self->on_done, true);
      self->self.reset();
    });
    flights->told();
  }

  void end_of(std::function<void(bool)>& waiting, bool is_good) {
    std::function<void(bool)> resume = std::exchange(waiting, nullptr);
    if (resume) resume(is_good);
  }
  void cancel() {
    cancelled = true;
    context.TryCancel();
  }
  /// Operations begin outside of gRPC's callbacks, so a hold keeps OnDone back until we let go.
  void let_go() {
    if (std::exchange(held, false)) RemoveHold();
  }
  /// Suspends until the waiting function put into `place` is called. Cancelling cancels the stream.
  asio::awaitable<bool> wait_for(std::function<void(bool)> State::* place,
                                 std::function<void()> start);

  Executor executor;
  std::string path;
  std::shared_ptr<InFlight> in_flight;
  std::optional<WorkGuard> work;  ///< keeps the loop running for the end of a dropped stream
  grpc::ClientContext context;
  grpc::ByteBuffer incoming, outgoing;
  std::function<void(bool)> on_read, on_write, on_done;
  std::optional<grpc::Status> status;  ///< set once it is over
  std::shared_ptr<State> self;
  bool held = true;
  bool cancelled = false;
};

asio::awaitable<bool> ByteStream::State::wait_for(std::function<void(bool)> State::* place,
                                                  std::function<void()> start) {
  auto begin = [keep = self, place, start = std::move(start)](auto handler) {
    using Handler = decltype(handler);
    auto slot = asio::get_associated_cancellation_slot(handler);
    if (slot.is_connected()) slot.assign([keep](asio::cancellation_type) { keep->cancel(); });
    auto resume = resume_with<Handler, bool>(std::move(handler), keep->executor);
    (*keep).*place = [slot, resume](bool is_good) mutable {
      if (slot.is_connected()) slot.clear();
      resume(is_good);
    };
    start();
  };
  const bool is_good = co_await asio::async_initiate<decltype(asio::use_awaitable), void(bool)>(
      std::move(begin), asio::use_awaitable);
  co_return is_good;
}

ByteStream Connection::open_bytes(std::string path, Deadline by, std::string lease) {
  auto state = std::make_shared<ByteStream::State>(executor_, path, channel_->in_flight);
  state->self = state;
  prepare(state->context, namespace_, by, lease);
  channel_->in_flight->begin(&state->context);
  channel_->stub.PrepareBidiStreamingCall(&state->context, path, {}, state.get());
  state->AddHold();
  state->StartCall();
  return ByteStream(std::move(state));
}

ByteStream::ByteStream(std::shared_ptr<State> state) : state_(std::move(state)) {}
ByteStream::ByteStream(ByteStream&& other) noexcept = default;
ByteStream& ByteStream::operator=(ByteStream&& other) noexcept {
  std::swap(state_, other.state_);
  return *this;
}

ByteStream::~ByteStream() {
  if (!state_ || !state_->held) return;
  state_->work.emplace(state_->executor);
  state_->cancel();
  state_->let_go();
}

Async<> ByteStream::write(std::string message, bool last) {
  auto state = state_;
  if (!state->held) co_return Error{Errc::Cancelled, 0, short_name(state->path) + ": finished"};
  state->outgoing = buffer_of(message);
  auto start = [stream = state.get(), last] {
    if (last) {
      stream->StartWriteLast(&stream->outgoing, {});
    } else {
      stream->StartWrite(&stream->outgoing);
    }
  };
  const bool is_good = co_await state->wait_for(&State::on_write, start);
  if (!is_good) {
    co_return Error{Errc::Unavailable, 0, short_name(state->path) + ": the stream has ended"};
  }
  co_return ok();
}

Async<std::optional<std::string>> ByteStream::read() {
  auto state = state_;
  if (!state->held) co_return Error{Errc::Cancelled, 0, short_name(state->path) + ": finished"};
  auto start = [stream = state.get()] { stream->StartRead(&stream->incoming); };
  const bool is_good = co_await state->wait_for(&State::on_read, start);
  if (!is_good) co_return std::optional<std::string>{};
  std::optional<std::string> message = bytes_of(state->incoming);
  co_return message;
}

Async<> ByteStream::finish() {
  auto state = state_;
  if (!state->held) co_return Error{Errc::Cancelled, 0, short_name(state->path) + ": finished"};
  auto start = [stream = state.get()] { stream->let_go(); };
  co_await state->wait_for(&State::on_done, start);
  if (state->status->ok()) co_return ok();
  co_return error_of(*state->status, state->path, state->cancelled);
}

void ByteStream::cancel() {
  state_->cancel();
}

}  // namespace berth::containerd_api
