// logind.cpp - sd-bus turned by the loop; logind's signals, and its Inhibit call.
#include "systemd/logind.hpp"

#include <fcntl.h>
#include <poll.h>

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <chrono>
#include <optional>
#include <utility>

#include "base/readable.hpp"

namespace berth::systemd {

namespace {

constexpr const char* kBus = "org.freedesktop.DBus";
constexpr const char* kBusPath = "/org/freedesktop/DBus";
constexpr const char* kLogin1 = "org.freedesktop.login1";
constexpr const char* kLogin1Path = "/org/freedesktop/login1";
constexpr const char* kLogin1Manager = "org.freedesktop.login1.Manager";
constexpr const char* kOwnerMatch =
    "type='signal',sender='org.freedesktop.DBus',path='/org/freedesktop/DBus',"
    "interface='org.freedesktop.DBus',member='NameOwnerChanged',arg0='org.freedesktop.login1'";
constexpr const char* kShutdownMatch =
    "type='signal',sender='org.freedesktop.login1',path='/org/freedesktop/login1',"
    "interface='org.freedesktop.login1.Manager',member='PrepareForShutdown'";
constexpr const char* kListening = "listen on the system bus";
constexpr std::size_t kMostNews = 16;  // unread; what counts is the latest

struct UnrefSlot {
  void operator()(sd_bus_slot* slot) const { sd_bus_slot_unref(slot); }
};
using Slot = std::unique_ptr<sd_bus_slot, UnrefSlot>;

/// Whoever is on the bus may send us any signal under its own name.
bool is_sent_by(sd_bus_message* message, std::string_view sender) {
  const char* const from = sd_bus_message_get_sender(message);
  return from != nullptr && sender == from;
}

/// A call that waits for its answer.
struct Asked {
  std::string what;
  std::optional<Result<Message>> answer;
};

int on_answer(sd_bus_message* message, void* asked, sd_bus_error*) {
  Asked& call = *static_cast<Asked*>(asked);
  if (const sd_bus_error* said = sd_bus_message_get_error(message)) {
    call.answer = bus_error(-EIO, call.what, said);
  } else {
    call.answer = Message(sd_bus_message_ref(message));
  }
  return 0;
}

Result<Message> owner_request(sd_bus* bus) {
  sd_bus_message* made = nullptr;
  int code = sd_bus_message_new_method_call(bus, &made, kBus, kBusPath, kBus, "GetNameOwner");
  if (code < 0) return bus_error(code, kListening);
  Message request(made);
  code = sd_bus_message_append(made, "s", kLogin1);
  if (code < 0) return bus_error(code, kListening);
  return request;
}

Result<Message> inhibit_request(sd_bus* bus, const ShutdownWait& wait) {
  sd_bus_message* made = nullptr;
  int code =
      sd_bus_message_new_method_call(bus, &made, kLogin1, kLogin1Path, kLogin1Manager, "Inhibit");
  if (code < 0) return bus_error(code, "Inhibit");
  Message request(made);
  code = sd_bus_message_set_auto_start(made, 0);
  if (code >= 0) {
    code = sd_bus_message_append(made, "ssss", "shutdown", wait.who.c_str(), wait.why.c_str(),
                                 "delay");
  }
  if (code < 0) return bus_error(code, "Inhibit");
  return request;
}

}  // namespace

BusLogind::BusLogind(asio::any_io_executor executor)
    : executor_(executor), news_(std::move(executor), kMostNews) {}

BusLogind::~BusLogind() = default;

int BusLogind::on_owner(sd_bus_message* message, void* self, sd_bus_error*) {
  BusLogind& logind = *static_cast<BusLogind*>(self);
  const char* name = nullptr;
  const char* before = nullptr;
  const char* now = nullptr;
  if (!is_sent_by(message, kBus)) return 0;
  if (sd_bus_message_read(message, "sss", &name, &before, &now) < 0) return 0;
  logind.owner_ = now;
  if (!logind.owner_.empty()) static_cast<void>(logind.news_.push(LogindNews::Appeared));
  return 0;
}

int BusLogind::on_shutdown(sd_bus_message* message, void* self, sd_bus_error*) {
  BusLogind& logind = *static_cast<BusLogind*>(self);
  int goes_down = 0;
  if (!is_sent_by(message, logind.owner_)) return 0;
  if (sd_bus_message_read(message, "b", &goes_down) < 0) return 0;
  static_cast<void>(logind.news_.push(goes_down != 0 ? LogindNews::GoesDown : LogindNews::Stays));
  return 0;
}

Result<> BusLogind::connect() {
  bus_.reset();
  owner_.clear();
  while (news_.try_pop()) {
  }
  BERTH_TRY(bus_, open_system_bus());
  int code =
      sd_bus_add_match_async(bus_.get(), nullptr, kOwnerMatch, &BusLogind::on_owner, nullptr, this);
  if (code >= 0) {
    code = sd_bus_add_match_async(bus_.get(), nullptr, kShutdownMatch, &BusLogind::on_shutdown,
                                  nullptr, this);
  }
  if (code < 0) return bus_error(code, kListening);
  return ok();
}

Async<bool> BusLogind::listen(Deadline by) {
  BERTH_CO_CHECK(connect());
  BERTH_CO_TRY(Message request, owner_request(bus_.get()));
  Result<Message> answer = co_await ask(std::move(request), kListening, by);
  if (answer.failed_with(Errc::NotFound)) co_return false;
  if (!answer) co_return std::move(answer).error();
  const char* owner = nullptr;
  const int code = sd_bus_message_read(answer->get(), "s", &owner);
  if (code < 0) co_return bus_error(code, kListening);
  owner_ = owner;
  co_return true;
}

Async<UniqueFd> BusLogind::delay_shutdown(ShutdownWait wait, Deadline by) {
  if (!bus_) co_return Error{Errc::Unavailable, 0, "Inhibit: not on the system bus"};
  BERTH_CO_TRY(Message request, inhibit_request(bus_.get(), wait));
  BERTH_CO_TRY(const Message answer, co_await ask(std::move(request), "Inhibit", by));
  int lent = -1;  // the message closes it
  const int code = sd_bus_message_read(answer.get(), "h", &lent);
  if (code < 0) co_return bus_error(code, "Inhibit");
  UniqueFd lock(::fcntl(lent, F_DUPFD_CLOEXEC, 3));
  if (!lock) co_return os_error(errno, "Inhibit");
  co_return lock;
}

Async<LogindNews> BusLogind::next() {
  while (true) {
    if (const std::optional<LogindNews> told = news_.try_pop()) co_return *told;
    BERTH_CO_CHECK(co_await turn(Deadline::never()));
  }
}

Async<Message> BusLogind::ask(Message request, std::string what, Deadline by) {
  Asked asked{std::move(what), {}};
  sd_bus_slot* made = nullptr;
  const int code =
      sd_bus_call_async(bus_.get(), &made, request.get(), &on_answer, &asked, UINT64_MAX);
  if (code < 0) co_return bus_error(code, asked.what);
  const Slot slot(made);  // without it nobody hears the answer any more
  while (!asked.answer) BERTH_CO_CHECK(co_await turn(by));
  Result<Message> answer = std::move(*asked.answer);
  co_return answer;
}

/// Takes one message, or waits until there may be one. fails: Cancelled, TimedOut; as the bus does,
/// which is closed then.
Async<> BusLogind::turn(Deadline by) {
  if (!bus_) co_return Error{Errc::Unavailable, 0, std::string(kListening) + ": it has ended"};
  const int code = sd_bus_process(bus_.get(), nullptr);
  if (code < 0) {
    bus_.reset();
    co_return bus_error(code, kListening);
  }
  if (code == 0) {
    Result<> waited = co_await await_bus(by);
    co_return waited;
  }
  // Others get their turn, however much there is to read.
  co_await asio::post(executor_, asio::use_awaitable);
  co_return ok();
}

Async<> BusLogind::await_bus(Deadline by) {
  using namespace asio::experimental::awaitable_operators;
  const bool cancelled = co_await is_cancelled();
  if (cancelled) co_return Error{Errc::Cancelled, 0, kListening};
  if (by.has_passed())
    co_return Error{Errc::TimedOut, 0, std::string(kListening) + ": no answer in time"};
  std::uint64_t wake_us = UINT64_MAX;
  const int fd = sd_bus_get_fd(bus_.get());
  const int events = sd_bus_get_events(bus_.get());
  const int code = sd_bus_get_timeout(bus_.get(), &wake_us);
  if (fd < 0 || events < 0 || code < 0) {
    bus_.reset();
    co_return bus_error(std::min({fd, events, code}), kListening);
  }
  asio::steady_timer until(executor_, by.at);
  // CLOCK_MONOTONIC, as libstdc++'s steady clock.
  if (wake_us != UINT64_MAX) {
    const std::chrono::steady_clock::time_point wake{std::chrono::microseconds(wake_us)};
    until.expires_at(std::min(by.at, wake));
  }
  Readable bus(executor_, fd, kListening);
  if ((events & POLLOUT) != 0) {
    co_await (detail::quietly(bus.wait()) || detail::quietly(bus.wait_for_room()) ||
              detail::wait_for_cancel(until));
  } else {
    co_await (detail::quietly(bus.wait()) || detail::wait_for_cancel(until));
  }
  co_return ok();
}

}  // namespace berth::systemd
