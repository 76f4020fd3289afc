// holder.cpp - from a port to an inode, from an inode to a process.
#include "ports/holder.hpp"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>
#include <set>
#include <sstream>

namespace berth::ports {

namespace {

constexpr std::size_t kLongTable = std::size_t{16} << 20;

/// The local port of a line of /proc/net/tcp, and the inode of its socket.
struct Line {
  std::uint16_t port = 0;
  std::string inode;
  bool is_listening = false;
};

std::optional<Line> line_in(const std::string& text) {
  constexpr const char* kListen = "0A";
  constexpr const char* kUnconnected = "07";
  std::istringstream words(text);
  std::string slot;
  std::string local;
  std::string remote;
  std::string state;
  words >> slot >> local >> remote >> state;
  std::string skipped;
  Line line;
  for (int field = 0; field < 5; ++field) words >> skipped;  // queues, timer, retries, uid, timeout
  words >> line.inode;
  const std::size_t colon = local.rfind(':');
  if (!words || colon == std::string::npos) return std::nullopt;
  const char* end = local.data() + local.size();
  const auto read = std::from_chars(local.data() + colon + 1, end, line.port, 16);
  if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
  line.is_listening = state == kListen || state == kUnconnected;
  return line;
}

/// Sockets that have the port; those that listen, if any does.
std::set<std::string> inodes_at(const Dir& proc, const std::string& protocol, std::uint16_t port) {
  std::set<std::string> listening;
  std::set<std::string> all;
  for (const char* family : {"", "6"}) {
    const auto table = proc.read("thread-self/net/" + protocol + family, kLongTable);
    if (!table) continue;
    std::istringstream lines(*table);
    for (std::string text; std::getline(lines, text);) {
      const auto line = line_in(text);
      if (!line || line->port != port || line->inode == "0") continue;
      all.insert(line->inode);
      if (line->is_listening) listening.insert(line->inode);
    }
  }
  return listening.empty() ? all : listening;
}

bool has_one_of(const Dir& proc, const std::string& pid, const std::set<std::string>& targets) {
  const auto descriptors = proc.list(pid + "/fd");
  if (!descriptors) return false;
  return std::any_of(descriptors->begin(), descriptors->end(), [&](const std::string& fd) {
    char target[64] = "";
    const std::string path = pid + "/fd/" + fd;
    const ssize_t size = ::readlinkat(proc.fd(), path.c_str(), target, sizeof target);
    return size > 0 && targets.contains(std::string(target, static_cast<std::size_t>(size)));
  });
}

}  // namespace

std::string holder_of(const Dir& proc, const std::string& protocol, std::uint16_t port) {
  std::set<std::string> targets;
  for (const std::string& inode : inodes_at(proc, protocol, port)) {
    targets.insert("socket:[" + inode + "]");
  }
  if (targets.empty()) return "";
  const auto entries = proc.list();
  if (!entries) return "";
  for (const std::string& pid : *entries) {
    const bool is_pid =
        std::all_of(pid.begin(), pid.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
    if (!is_pid || !has_one_of(proc, pid, targets)) continue;
    std::string name = proc.read(pid + "/comm").value_or("a process");
    if (!name.empty() && name.back() == '\n') name.pop_back();
    return name + " (pid " + pid + ")";
  }
  return "";
}

}  // namespace berth::ports
