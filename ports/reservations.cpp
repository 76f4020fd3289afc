// reservations.cpp - a bound socket for each port.
#include "ports/reservations.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <sstream>

#include "base/dir.hpp"
#include "ports/holder.hpp"

namespace berth::ports {

namespace {

/// Held against everybody. A TCP port may have connections of the past on it, so it is taken in
/// spite of those; then only listening keeps others away.
bool holds(const UniqueFd& socket, const std::string& protocol, const sockaddr* where,
           socklen_t size) {
  const int on = 1;
  if (protocol == "tcp") ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(socket.get(), where, size) != 0) return false;
  return protocol != "tcp" || ::listen(socket.get(), 0) == 0;
}

/// On all addresses of both families; of IPv4 alone where the kernel has no other.
Result<UniqueFd> held_socket(const std::string& protocol, std::uint16_t port) {
  const std::string doing = "reserve " + protocol + " port " + std::to_string(port);
  const int type = (protocol == "udp" ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC;
  UniqueFd dual(::socket(AF_INET6, type, 0));
  if (dual) {
    const int off = 0;
    ::setsockopt(dual.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    sockaddr_in6 everywhere{};
    everywhere.sin6_family = AF_INET6;
    everywhere.sin6_port = htons(port);
    if (holds(dual, protocol, reinterpret_cast<const sockaddr*>(&everywhere), sizeof everywhere)) {
      return dual;
    }
    if (errno != EADDRNOTAVAIL) return os_error(errno, doing);
  }
  UniqueFd socket(::socket(AF_INET, type, 0));
  sockaddr_in everywhere{};
  everywhere.sin_family = AF_INET;
  everywhere.sin_port = htons(port);
  if (!holds(socket, protocol, reinterpret_cast<const sockaddr*>(&everywhere), sizeof everywhere)) {
    return os_error(errno, doing);
  }
  return socket;
}

std::string name_of_port(const std::string& protocol, std::uint16_t port) {
  return protocol + " port " + std::to_string(port);
}

std::string holder_in_words(const std::string& protocol, std::uint16_t port) {
  const Result<Dir> proc = Dir::open("/proc");
  const std::string holder = proc ? holder_of(*proc, protocol, port) : "";
  return holder.empty() ? "another process" : holder;
}

}  // namespace

Range kernel_range() {
  constexpr Range kOtherwise{49153, 65535};
  const Result<std::string> text = read_file("/proc/sys/net/ipv4/ip_local_port_range");
  if (!text) return kOtherwise;
  std::istringstream words(*text);
  Range range;
  words >> range.first >> range.last;
  return words && range.first > 0 && range.first <= range.last ? range : kOtherwise;
}

Result<std::vector<std::uint16_t>> Reservations::take(const std::string& owner,
                                                      const std::vector<Wish>& wishes) {
  const std::lock_guard lock(mutex_);
  if (const auto before = given_.find(owner); before != given_.end()) return before->second;
  std::vector<std::uint16_t> given;
  for (const Wish& wish : wishes) {
    Result<std::uint16_t> first = wish.port != 0 ? take_fixed(owner, wish) : take_free(owner, wish);
    if (!first) {
      std::erase_if(held_, [&owner](const auto& entry) { return entry.second.owner == owner; });
      return std::move(first).error();
    }
    given.push_back(*first);
  }
  given_[owner] = given;
  return given;
}

Result<std::uint16_t> Reservations::take_fixed(const std::string& owner, const Wish& wish) {
  const Key key{wish.protocol, wish.port};
  const std::string name = name_of_port(wish.protocol, wish.port);
  if (const auto held = held_.find(key); held != held_.end()) {
    if (held->second.owner == owner) return wish.port;
    return Error{Errc::Exists, EADDRINUSE, name + " is taken by " + held->second.owner};
  }
  Result<UniqueFd> socket = held_socket(key.first, key.second);
  if (!socket && socket.error().os_errno == EADDRINUSE) {
    return Error{Errc::Exists, EADDRINUSE,
                 name + " is taken by " + holder_in_words(wish.protocol, wish.port)};
  }
  if (!socket) return std::move(socket).error();
  held_.emplace(key, Held{owner, std::move(*socket)});
  return wish.port;
}

Result<std::uint16_t> Reservations::take_free(const std::string& owner, const Wish& wish) {
  const std::uint32_t size = std::uint32_t{dynamic_.last} - dynamic_.first + 1;
  const std::uint32_t begin = last_given_ < dynamic_.first || last_given_ >= dynamic_.last
                                  ? 0
                                  : std::uint32_t{last_given_} - dynamic_.first + 1;
  for (std::uint32_t step = 0; step < size && wish.count <= size; ++step) {
    const std::uint32_t at = (begin + step) % size;
    if (at + wish.count > size) continue;
    const auto first = static_cast<std::uint16_t>(dynamic_.first + at);
    BERTH_TRY(const bool is_free, take_run(owner, wish, first));
    if (!is_free) continue;
    last_given_ = static_cast<std::uint16_t>(first + wish.count - 1);
    return first;
  }
  // source: reference networking, section 2, "choosing".
  const std::string what = wish.count == 1
                               ? "a host port is"
                               : std::to_string(wish.count) + " contiguous host ports are";
  return Error{Errc::Exhausted, 0,
               what + " unavailable: every " + wish.protocol + " port from " +
                   std::to_string(dynamic_.first) + " to " + std::to_string(dynamic_.last) +
                   " was tried"};
}

/// All ports of the run or none.
Result<bool> Reservations::take_run(const std::string& owner, const Wish& wish,
                                    std::uint16_t first) {
  std::map<Key, Held> taken;
  for (std::uint16_t at = 0; at < wish.count; ++at) {
    const Key key{wish.protocol, static_cast<std::uint16_t>(first + at)};
    if (held_.contains(key)) return false;
    Result<UniqueFd> socket = held_socket(key.first, key.second);
    if (!socket && socket.error().os_errno == EADDRINUSE) return false;
    if (!socket) return std::move(socket).error();
    taken.emplace(key, Held{owner, std::move(*socket)});
  }
  held_.merge(taken);
  return true;
}

std::vector<std::string> Reservations::retake(const std::string& owner, const std::string& protocol,
                                              Range ports) {
  const std::lock_guard lock(mutex_);
  given_[owner].push_back(ports.first);
  std::vector<std::string> lost;
  for (std::uint32_t port = ports.first; port <= ports.last; ++port) {
    const Key key{protocol, static_cast<std::uint16_t>(port)};
    Result<UniqueFd> socket = held_socket(key.first, key.second);
    if (socket) {
      held_.insert_or_assign(key, Held{owner, std::move(*socket)});
    } else {
      lost.push_back(name_of_port(protocol, key.second) + " (" +
                     holder_in_words(protocol, key.second) + ")");
    }
  }
  return lost;
}

void Reservations::release(const std::string& owner) {
  const std::lock_guard lock(mutex_);
  std::erase_if(held_, [&owner](const auto& entry) { return entry.second.owner == owner; });
  given_.erase(owner);
}

}  // namespace berth::ports
