// listener.cpp - bind and listen.
#include "base/http/listener.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

namespace berth::http {

namespace {

constexpr int kQueue = 512;  // more than a burst of 50 tasks makes; the kernel caps it at somaxconn

Result<UniqueFd> bound_socket(const sockaddr* address, socklen_t bytes, const std::string& what) {
  UniqueFd fd(::socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return os_error(errno, what);
  const int on = 1;
  if (address->sa_family != AF_UNIX) {
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  }
  if (::bind(fd.get(), address, bytes) != 0) return os_error(errno, what);
  return fd;
}

/// True when a process answers at the socket.
bool is_served(const sockaddr_un& address) {
  UniqueFd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!probe) return false;
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  return ::connect(probe.get(), generic, sizeof address) == 0 || errno == EAGAIN;
}

Result<> clear_stale_socket(const sockaddr_un& address, const std::string& what) {
  struct stat there{};
  if (::lstat(address.sun_path, &there) != 0) return ok();
  if (!S_ISSOCK(there.st_mode)) {
    return Error{Errc::Invalid, 0, what + ": a file that is no socket is there"};
  }
  if (is_served(address)) {
    return Error{Errc::Exhausted, EADDRINUSE, what + ": another process serves it"};
  }
  if (::unlink(address.sun_path) != 0) return os_error(errno, what + ": remove stale socket");
  return ok();
}

Result<Listening> listen_at_unix(const std::string& path) {
  const std::string what = "listen at " + path;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return Error{Errc::Invalid, 0, what + ": path is too long for a unix socket"};
  }
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  BERTH_CHECK(clear_stale_socket(address, what));

  Listening listening;
  listening.family = AF_UNIX;
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  BERTH_TRY(listening.fd, bound_socket(generic, sizeof address, what));
  // Nobody can connect before listen(), so there is no moment with a wider mode.
  if (::chmod(path.c_str(), 0600) != 0) return os_error(errno, what + ": chmod");
  if (::listen(listening.fd.get(), kQueue) != 0) return os_error(errno, what);
  return listening;
}

Result<Listening> listen_at_tcp(const Listen& where) {
  const std::string what = "listen at " + where.address + ":" + std::to_string(where.port);
  sockaddr_storage storage{};
  auto* v4 = reinterpret_cast<sockaddr_in*>(&storage);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&storage);
  socklen_t bytes = 0;
  if (::inet_pton(AF_INET, where.address.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(where.port);
    bytes = sizeof *v4;
  } else if (::inet_pton(AF_INET6, where.address.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(where.port);
    bytes = sizeof *v6;
  } else {
    return Error{Errc::Invalid, 0, what + ": not a numeric IPv4 or IPv6 address"};
  }

  Listening listening;
  listening.family = storage.ss_family;
  auto* generic = reinterpret_cast<sockaddr*>(&storage);
  BERTH_TRY(listening.fd, bound_socket(generic, bytes, what));
  if (::listen(listening.fd.get(), kQueue) != 0) return os_error(errno, what);
  bytes = sizeof storage;
  if (::getsockname(listening.fd.get(), generic, &bytes) != 0) return os_error(errno, what);
  listening.port = ntohs(listening.family == AF_INET ? v4->sin_port : v6->sin6_port);
  return listening;
}

/// Somebody else bound it, and unlinks it if anybody does.
Result<Listening> take_over(int descriptor) {
  const std::string what = "listen at descriptor " + std::to_string(descriptor);
  Listening listening;
  listening.fd.reset(descriptor);
  int listens = 0;
  socklen_t bytes = sizeof listens;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &bytes) != 0) {
    return os_error(errno, what);
  }
  if (listens == 0) return Error{Errc::Invalid, 0, what + ": not a listening socket"};
  bytes = sizeof listening.family;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &listening.family, &bytes) != 0) {
    return os_error(errno, what);
  }
  const int flags = ::fcntl(descriptor, F_GETFL);
  if (flags < 0 || ::fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) != 0) {
    return os_error(errno, what);
  }
  return listening;
}

/// One end of a connection; empty for a unix socket.
struct Endpoint {
  std::string address;
  std::uint16_t port = 0;
};

/// name: getpeername or getsockname.
Endpoint endpoint_of(int fd, int (*name)(int, sockaddr*, socklen_t*)) {
  sockaddr_storage storage{};
  socklen_t bytes = sizeof storage;
  if (name(fd, reinterpret_cast<sockaddr*>(&storage), &bytes) != 0) return {};
  char text[INET6_ADDRSTRLEN] = "";
  Endpoint end;
  if (storage.ss_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(&storage);
    ::inet_ntop(AF_INET, &v4->sin_addr, text, sizeof text);
    end.port = ntohs(v4->sin_port);
  } else if (storage.ss_family == AF_INET6) {
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&storage);
    ::inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof text);
    end.port = ntohs(v6->sin6_port);
  }
  end.address = text;
  return end;
}

/// The device a connection's first packet came in through. The kernel keeps its index for TCP, too.
/// source: ip(7), IP_PKTINFO; Linux, net/ipv4/ip_sockglue.c, IP_PKTOPTIONS of a stream.
std::string device_of(int fd) {
  const int on = 1;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(in_pktinfo)) + 64] = "";
  socklen_t bytes = sizeof control;
  if (::setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on) != 0) return "";
  if (::getsockopt(fd, IPPROTO_IP, IP_PKTOPTIONS, control, &bytes) != 0) return "";
  msghdr message{};
  message.msg_control = control;
  message.msg_controllen = bytes;
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
       part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != IPPROTO_IP || part->cmsg_type != IP_PKTINFO) continue;
    in_pktinfo info{};
    std::memcpy(&info, CMSG_DATA(part), sizeof info);
    char name[IF_NAMESIZE] = "";
    const auto index = static_cast<unsigned>(info.ipi_ifindex);
    return ::if_indextoname(index, name) != nullptr ? name : "";
  }
  return "";
}

}  // namespace

Result<Listening> listen_at(const Listen& where) {
  if (where.inherited_fd >= 0) return take_over(where.inherited_fd);
  return where.unix_path.empty() ? listen_at_tcp(where) : listen_at_unix(where.unix_path);
}

Peer peer_of(int fd) {
  const Endpoint theirs = endpoint_of(fd, ::getpeername);
  return {theirs.address, theirs.port, endpoint_of(fd, ::getsockname).address, device_of(fd)};
}

}  // namespace berth::http
