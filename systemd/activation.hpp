// activation.hpp - sockets that the service manager opened for us.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace berth::systemd {

/// What the service manager put into our environment.
/// source: systemd, sd_listen_fds(3).
struct ListenEnvironment {
  std::string listen_pid;      ///< LISTEN_PID: whom the sockets are for
  std::string listen_fds;      ///< LISTEN_FDS: how many, from descriptor 3 on
  std::string listen_fdnames;  ///< LISTEN_FDNAMES: their names with ':' between; may be ""
};

/// One of them. The name is that of the .socket unit, unless it says FileDescriptorName=.
struct ListenSocket {
  std::string name;
  UniqueFd fd;
};

/// The names of the descriptors 3, 4, … that are meant for `pid`; empty when none are.
///
/// fails:  Invalid (LISTEN_FDS is not a number of 0 to 64).
Result<std::vector<std::string>> names_of_sockets(const ListenEnvironment& environment, int pid);

/// Takes them over, no longer inherited by programs we start. To be called once.
///
/// fails:  as names_of_sockets; Invalid (a descriptor is not open).
Result<std::vector<ListenSocket>> take_listen_sockets(const ListenEnvironment& environment);

/// The three variables of this process.
ListenEnvironment listen_environment();

/// Does somebody listen at this path, be it for a service that is started when asked? To find out
/// by asking would start it. False when the kernel does not tell. source: Linux,
/// net/unix/af_unix.c: unix_seq_show().
bool is_listened_at(const std::string& path);

}  // namespace berth::systemd
