// activation.cpp - LISTEN_FDS and its kin.
#include "systemd/activation.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <string_view>

#include "base/dir.hpp"
#include "base/text.hpp"
#include "systemd/variable.hpp"

namespace berth::systemd {

namespace {

constexpr int kFirstDescriptor = 3;               // source: sd_listen_fds(3), SD_LISTEN_FDS_START
constexpr int kMostSockets = 64;                  // more than any unit of ours has
constexpr std::size_t kMostOfSockets = 16 << 20;  // bytes of /proc/net/unix
constexpr const char* kNoName = "unknown";        // source: sd_listen_fds(3)

Result<int> count_of(const std::string& text) {
  int count = -1;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), count);
  const bool whole = bad == std::errc() && end == text.data() + text.size();
  if (!whole || count < 0 || count > kMostSockets) {
    return Error{Errc::Invalid, 0, "LISTEN_FDS \"" + text + "\": allowed are 0 to 64"};
  }
  return count;
}

}  // namespace

ListenEnvironment listen_environment() {
  return {variable("LISTEN_PID"), variable("LISTEN_FDS"), variable("LISTEN_FDNAMES")};
}

Result<std::vector<std::string>> names_of_sockets(const ListenEnvironment& environment, int pid) {
  if (environment.listen_pid != std::to_string(pid)) return std::vector<std::string>();
  BERTH_TRY(const int count, count_of(environment.listen_fds));
  std::vector<std::string> names;
  std::string_view rest = environment.listen_fdnames;
  while (static_cast<int>(names.size()) < count) {
    const std::string_view name = rest.substr(0, rest.find(':'));
    names.emplace_back(name.empty() ? kNoName : name);
    rest.remove_prefix(std::min(name.size() + 1, rest.size()));
  }
  return names;
}

Result<std::vector<ListenSocket>> take_listen_sockets(const ListenEnvironment& environment) {
  BERTH_TRY(const std::vector<std::string> names, names_of_sockets(environment, ::getpid()));
  std::vector<ListenSocket> sockets;
  int descriptor = kFirstDescriptor;
  for (const std::string& name : names) {
    if (::fcntl(descriptor, F_SETFD, FD_CLOEXEC) != 0) {
      return os_error(errno, "take descriptor " + std::to_string(descriptor) + " of LISTEN_FDS");
    }
    sockets.push_back({name, UniqueFd(descriptor++)});
  }
  return sockets;
}

bool is_listened_at(const std::string& path) {
  // Num RefCount Protocol Flags Type St Inode Path
  constexpr std::size_t kFlags = 3, kPath = 7;
  constexpr std::string_view kAccepts = "00010000";  // __SO_ACCEPTCON
  const Result<std::string> sockets = read_file("/proc/net/unix", kMostOfSockets);
  if (!sockets) return false;
  for (const std::string& line : words_of(*sockets, "\n")) {
    const std::vector<std::string> words = words_of(line, " ");
    if (words.size() > kPath && words[kFlags] == kAccepts && line.ends_with(" " + path))
      return true;
  }
  return false;
}

}  // namespace berth::systemd
