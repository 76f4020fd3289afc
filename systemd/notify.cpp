// notify.cpp - the sd_notify protocol: VARIABLE=value lines in one datagram.
#include "systemd/notify.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstring>

#include "systemd/variable.hpp"

namespace berth::systemd {

namespace {

constexpr std::string_view kReady = "READY=1";

std::optional<std::chrono::microseconds> interval_for(const NotifyEnvironment& environment) {
  const std::string& pid = environment.watchdog_pid;
  if (!pid.empty() && pid != std::to_string(::getpid())) return std::nullopt;
  std::int64_t usec = 0;
  const std::string& text = environment.watchdog_usec;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), usec);
  if (bad != std::errc() || end != text.data() + text.size() || usec <= 0) return std::nullopt;
  return std::chrono::microseconds(usec) / 2;
}

}  // namespace

NotifyEnvironment notify_environment() {
  return {variable("NOTIFY_SOCKET"), variable("WATCHDOG_USEC"), variable("WATCHDOG_PID")};
}

Result<Notifier> Notifier::open(const NotifyEnvironment& environment) {
  Notifier notifier;
  const std::string& name = environment.notify_socket;
  if (name.empty()) return notifier;
  const bool known = name.size() > 1 && (name.front() == '/' || name.front() == '@');
  if (!known || name.size() >= sizeof(sockaddr_un::sun_path)) {
    return Error{Errc::Invalid, 0,
                 "NOTIFY_SOCKET \"" + name + "\": allowed are a path or @name of at most " +
                     std::to_string(sizeof(sockaddr_un::sun_path) - 1) + " bytes"};
  }
  notifier.address_ = name;
  if (name.front() == '@') notifier.address_.front() = '\0';
  notifier.socket_.reset(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!notifier.socket_) return os_error(errno, "open a socket for NOTIFY_SOCKET");
  notifier.watchdog_interval_ = interval_for(environment);
  return notifier;
}

Result<> Notifier::send(std::string_view state) {
  if (!socket_) return ok();
  std::string text(owes_ready_ ? kReady : "");
  if (!text.empty() && !state.empty()) text += '\n';
  text += state;
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  std::memcpy(to.sun_path, address_.data(), address_.size());
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
  while (::sendto(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL,
                  reinterpret_cast<const sockaddr*>(&to), length) < 0) {
    if (errno != EINTR) return os_error(errno, "tell the service manager " + text);
  }
  owes_ready_ = false;
  return ok();
}

Result<> Notifier::ready() {
  owes_ready_ = true;
  return send("");
}

Result<> Notifier::status(std::string_view line) {
  // A line break would begin another variable.
  return send("STATUS=" + std::string(line.substr(0, line.find('\n'))));
}

Result<> Notifier::stopping() {
  owes_ready_ = false;
  return send("STOPPING=1");
}

Result<> Notifier::reloading(std::chrono::steady_clock::time_point since) {
  owes_ready_ = false;
  // libstdc++'s steady clock is CLOCK_MONOTONIC.
  const auto usec = std::chrono::duration_cast<std::chrono::microseconds>(since.time_since_epoch());
  return send("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(usec.count()));
}

Result<> Notifier::needs(std::chrono::microseconds more) {
  return send("EXTEND_TIMEOUT_USEC=" + std::to_string(more.count()));
}

Result<> Notifier::watchdog() {
  return send("WATCHDOG=1");
}

}  // namespace berth::systemd
