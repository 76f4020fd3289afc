// websocket.cpp - Beast's websocket behind waits that may end early without harm to the stream.
//
// Beast marks a stream failed when one of its operations is cancelled. So the operations here are
// plain callbacks that run to their end, and what has a deadline is only the wait for them: a read
// given up is picked up by the next one, and a close frame can still be sent.
#include "base/http/websocket.hpp"

#include <boost/asio/post.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <deque>

#include "base/http/websocket_wire.hpp"

namespace berth::http {

/// Beast asks for these two by argument-dependent look-up. The stream is not closed here but by its
/// owner, so that a close frame just written still reaches the other side.
template <class Handler>
void async_teardown(boost::beast::role_type, Wire& wire, Handler&& handler) {
  boost::system::error_code ignored;
  wire.socket().shutdown(asio::socket_base::shutdown_send, ignored);
  asio::post(wire.get_executor(), [h = std::forward<Handler>(handler)]() mutable {
    std::move(h)(boost::system::error_code{});
  });
}
inline void beast_close_socket(Wire& wire) {
  wire.close();
}

namespace {

namespace beast = boost::beast;
namespace bhttp = boost::beast::http;
namespace bws = boost::beast::websocket;
using Code = boost::system::error_code;
using Stream = bws::stream<Wire, false>;

constexpr std::size_t kMaxMessageBytes = 4 << 20;
constexpr std::size_t kWriteBufferBytes = 32 << 10;  // as the ECS agent's
constexpr std::uint16_t kNoStatus = 1005;            // RFC 6455, 7.4.1

/// Happens once; any number may wait for it.
class Event {
 public:
  explicit Event(asio::any_io_executor executor)
      : timer_(executor, std::chrono::steady_clock::time_point::max()) {}

  void set() {
    is_set_ = true;
    timer_.cancel();
  }
  bool is_set() const { return is_set_; }

  /// fails:  TimedOut, Cancelled.
  static Async<> wait(std::shared_ptr<Event> event, Deadline by, std::string what) {
    while (!event->is_set_) {
      if (by.has_passed()) co_return Error{Errc::TimedOut, 0, what + ": no answer in time"};
      // A timer of one's own: waiters have different deadlines.
      Async<> done = until_set(event);
      Result<> outcome = co_await before(by, std::move(done), what);
      if (!outcome) co_return std::move(outcome).error();
    }
    co_return ok();
  }

 private:
  static Async<> until_set(std::shared_ptr<Event> event) {
    if (event->is_set_) co_return ok();
    co_await event->timer_.async_wait(use_result);
    if (!event->is_set_) co_return Error{Errc::Cancelled, 0, "wait was cancelled"};
    co_return ok();
  }

  asio::steady_timer timer_;
  bool is_set_ = false;
};

/// A message on its way out.
struct Outgoing {
  Outgoing(std::string text, asio::any_io_executor executor)
      : message(std::move(text)), done(std::make_shared<Event>(executor)) {}

  std::string message;
  bool is_written = false;
  std::shared_ptr<Event> done;
};

/// The stream and what is under way on it. Kept alive by its own callbacks.
struct Conversation : std::enable_shared_from_this<Conversation> {
  explicit Conversation(Wire wire) : stream(std::move(wire)) {
    stream.read_message_max(kMaxMessageBytes);
    stream.auto_fragment(false);
    stream.write_buffer_bytes(kWriteBufferBytes);
  }

  void start_read();
  void read_ended(const Code& code);
  void start_write();
  void start_close(const Closed& why);
  void hang_up();

  Stream stream;
  beast::flat_buffer arrived;
  std::shared_ptr<Event> reading;  ///< set when `arrived` or `read_failed` is there
  Code read_failed;
  std::deque<std::shared_ptr<Outgoing>> outgoing;  ///< the first is being written
  Code write_failed;
  std::shared_ptr<Event> closing;
  std::optional<Closed> closed;
  bool is_hung_up = false;
};

void Conversation::start_read() {
  reading = std::make_shared<Event>(stream.get_executor());
  stream.async_read(arrived, [self = shared_from_this()](const Code& code, std::size_t) {
    self->read_ended(code);
  });
}

void Conversation::read_ended(const Code& code) {
  read_failed = code;
  if (code == bws::error::closed) {
    const bws::close_reason& why = stream.reason();
    const std::uint16_t number = why.code == bws::close_code::none ? kNoStatus : why.code;
    closed = Closed{number, std::string(why.reason.data(), why.reason.size())};
  } else if (code && code != bws::error::message_too_big && !is_hung_up) {
    closed = Closed{};
  }
  reading->set();
}

void Conversation::start_write() {
  stream.text(true);
  stream.async_write(asio::buffer(outgoing.front()->message),
                     [self = shared_from_this()](const Code& code, std::size_t) {
                       auto sent = self->outgoing.front();
                       self->outgoing.pop_front();
                       sent->is_written = !code;
                       sent->done->set();
                       if (code) {
                         self->write_failed = code;
                         for (auto& waiting : self->outgoing) waiting->done->set();
                         self->outgoing.clear();
                       } else if (!self->outgoing.empty()) {
                         self->start_write();
                       }
                     });
}

void Conversation::start_close(const Closed& why) {
  closing = std::make_shared<Event>(stream.get_executor());
  const bws::close_reason reason(static_cast<bws::close_code>(why.code), why.reason);
  stream.async_close(reason, [self = shared_from_this()](const Code&) { self->closing->set(); });
}

void Conversation::hang_up() {
  is_hung_up = true;
  stream.next_layer().close();
}

class BeastWebSocket final : public WebSocket {
 public:
  explicit BeastWebSocket(std::shared_ptr<Conversation> conversation)
      : talk_(std::move(conversation)) {}
  ~BeastWebSocket() override { talk_->hang_up(); }

  Async<std::string> read(Deadline by) override { return read_of(talk_, by); }
  Async<> write(std::string message, Deadline by) override {
    return write_of(talk_, std::move(message), by);
  }
  Async<> close(Closed why, Deadline by) override { return close_of(talk_, std::move(why), by); }
  std::optional<Closed> closed() const override { return talk_->closed; }

 private:
  // Static, with the conversation by value: the socket may be destroyed while one is waiting.
  static Async<std::string> read_of(std::shared_ptr<Conversation> talk, Deadline by);
  static Async<> write_of(std::shared_ptr<Conversation> talk, std::string message, Deadline by);
  static Async<> close_of(std::shared_ptr<Conversation> talk, Closed why, Deadline by);

  std::shared_ptr<Conversation> talk_;
};

Async<std::string> BeastWebSocket::read_of(std::shared_ptr<Conversation> talk, Deadline by) {
  if (talk->is_hung_up) co_return Error{Errc::Unavailable, 0, "websocket is closed"};
  if (!talk->reading) talk->start_read();
  std::shared_ptr<Event> arrival = talk->reading;
  BERTH_CO_CHECK(co_await Event::wait(arrival, by, "read from websocket"));

  if (const Code code = talk->read_failed) {
    if (code == bws::error::message_too_big) {
      co_return Error{Errc::Exhausted, 0, "websocket message is larger than 4 MiB"};
    }
    std::string why = code.message();
    if (talk->closed) why = std::to_string(talk->closed->code) + " " + talk->closed->reason;
    co_return Error{Errc::Unavailable, 0, "websocket closed: " + why};
  }
  std::string message(static_cast<const char*>(talk->arrived.cdata().data()), talk->arrived.size());
  talk->arrived.consume(talk->arrived.size());
  if (talk->arrived.capacity() > kWriteBufferBytes) talk->arrived.shrink_to_fit();
  talk->reading = nullptr;
  co_return message;
}

Async<> BeastWebSocket::write_of(std::shared_ptr<Conversation> talk, std::string message,
                                 Deadline by) {
  if (talk->is_hung_up || talk->write_failed || talk->closing || talk->closed) {
    co_return Error{Errc::Unavailable, 0, "websocket is closed"};
  }
  auto mine = std::make_shared<Outgoing>(std::move(message), talk->stream.get_executor());
  talk->outgoing.push_back(mine);
  if (talk->outgoing.size() == 1) talk->start_write();

  std::shared_ptr<Event> done = mine->done;
  Result<> waited = co_await Event::wait(done, by, "write to websocket");
  if (!waited && !done->is_set()) {
    // Half a frame may be out: nothing sensible can follow it. One that still waits just leaves.
    if (talk->outgoing.front() == mine) {
      talk->hang_up();
    } else {
      std::erase(talk->outgoing, mine);
    }
    co_return std::move(waited).error();
  }
  if (!mine->is_written) {
    co_return Error{Errc::Unavailable, 0, "write to websocket: " + talk->write_failed.message()};
  }
  co_return ok();
}

Async<> BeastWebSocket::close_of(std::shared_ptr<Conversation> talk, Closed why, Deadline by) {
  if (talk->is_hung_up || talk->closed) {
    talk->hang_up();
    co_return ok();
  }
  if (!talk->closing) talk->start_close(why);
  std::shared_ptr<Event> done = talk->closing;
  Result<> waited = co_await Event::wait(done, by, "close websocket");
  talk->hang_up();
  co_return waited;
}

}  // namespace

Async<std::unique_ptr<WebSocket>> accept_websocket(std::unique_ptr<Connection> connection,
                                                   Request request) {
  auto talk = std::make_shared<Conversation>(std::move(connection->wire));
  bhttp::request<bhttp::string_body> upgrade;
  upgrade.version(11);
  upgrade.method_string(request.method);
  upgrade.target(request.target);
  for (const auto& [name, value] : request.headers) upgrade.insert(name, value);
  const auto accepted = co_await talk->stream.async_accept(upgrade, use_result);
  if (const Code failed = std::get<0>(accepted)) {
    co_return asio_error(failed, "accept a websocket");
  }
  co_return std::make_unique<BeastWebSocket>(std::move(talk));
}

namespace {

Async<Upgrade> upgrade_on(Url url, Headers headers, TlsOptions tls) {
  BERTH_CO_TRY(auto connection, co_await dial(url, std::move(tls)));
  auto talk = std::make_shared<Conversation>(std::move(connection->wire));
  talk->stream.set_option(
      bws::stream_base::decorator([extra = std::move(headers)](bws::request_type& request) {
        for (const auto& [name, value] : extra) request.set(name, value);
      }));
  const std::string authority = url.authority();
  const std::string target = url.target();
  bws::response_type answer;
  const auto shaken = co_await talk->stream.async_handshake(answer, authority, target, use_result);
  const Code failed = std::get<0>(shaken);

  Upgrade upgrade;
  if (!failed) {
    upgrade.socket = std::make_unique<BeastWebSocket>(std::move(talk));
    co_return upgrade;
  }
  talk->hang_up();
  if (failed == bws::error::upgrade_declined) {
    upgrade.refusal.status = static_cast<int>(answer.result_int());
    for (const auto& field : answer) {
      upgrade.refusal.headers.emplace_back(std::string(field.name_string()),
                                           std::string(field.value()));
    }
    upgrade.refusal.body = std::move(answer.body());
    co_return upgrade;
  }
  Error error = asio_error(failed, "upgrade at " + authority);
  if (failed.category() == bhttp::make_error_code(bhttp::error::bad_method).category() &&
      failed != bhttp::error::end_of_stream && failed != bhttp::error::partial_message) {
    error.code = Errc::Broken;
  }
  co_return error;
}

}  // namespace

Async<Upgrade> connect_websocket(Url url, Headers headers, TlsOptions tls, Deadline by) {
  std::string what = "websocket to " + url.scheme + "://" + url.authority() + url.path;
  Async<Upgrade> work = upgrade_on(std::move(url), std::move(headers), std::move(tls));
  Result<Upgrade> upgrade = co_await before(by, std::move(work), std::move(what));
  co_return upgrade;
}

}  // namespace berth::http
