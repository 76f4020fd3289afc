// names.cpp - resolv.conf, read as the resolver does.
#include "agent/doctor/names.hpp"

#include "agent/doctor/words.hpp"
#include "base/text.hpp"

namespace berth::doctor {

namespace {

constexpr const char* kDns = "dns";
constexpr const char* kFile = "/etc/resolv.conf";
constexpr const char* kCure =
    "name a server there, or run systemd-resolved or NetworkManager, which "
    "write it";

}  // namespace

std::vector<std::string> name_servers_in(const std::string& resolv_conf) {
  std::vector<std::string> servers;
  for (const std::string& line : lines_of(resolv_conf)) {
    const std::vector<std::string> words = words_of(line);
    if (words.size() >= 2 && words[0] == "nameserver") servers.push_back(words[1]);
  }
  return servers;
}

Finding judge_resolver(const Result<std::string>& resolv_conf) {
  if (!resolv_conf) return warned(kDns, kFile, resolv_conf.error().message, kCure);
  const std::vector<std::string> servers = name_servers_in(*resolv_conf);
  if (servers.empty()) {
    return warned(kDns, kFile, "it names no server, so this host itself is asked", kCure);
  }
  return fine(kDns, kFile, "servers " + listed(servers));
}

}  // namespace berth::doctor
