// resolver.cpp - the texts, and where the host's come from.
#include "netns/resolver.hpp"

#include <algorithm>
#include <sstream>

#include "base/log.hpp"

namespace berth::netns {

namespace {

constexpr std::size_t kMaxFile = 64 * 1024;
// source: reference task model, section 3.1, dnsServers.
constexpr const char* kPublicServers = "nameserver 8.8.8.8\nnameserver 8.8.4.4\n";

bool is_word(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return c > ' ' && c != 0x7f && c != '#' && c != ';';
  });
}

bool is_loopback(std::string_view server) {
  return server.starts_with("127.") || server == "::1";
}

/// Whether a resolv.conf names a server that other namespaces can reach.
bool has_reachable_server(std::string_view resolv_conf) {
  std::istringstream lines{std::string(resolv_conf)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string key;
    std::string server;
    if (words >> key >> server && key == "nameserver" && !is_loopback(server)) return true;
  }
  return false;
}

/// The host's text with reachable servers only, and without its search list when another is given.
std::string reachable_part(std::string_view resolv_conf, bool with_search) {
  std::istringstream lines{std::string(resolv_conf)};
  std::string kept;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string key;
    std::string server;
    words >> key >> server;
    if (key == "nameserver" && is_loopback(server)) continue;
    if (!with_search && (key == "search" || key == "domain")) continue;
    kept += line + "\n";
  }
  return has_reachable_server(resolv_conf) ? kept : kept + kPublicServers;
}

/// The file, or "" where the host has none.
Result<std::string> read_if_there(const Dir& dir, const std::string& path) {
  Result<std::string> text = dir.read(path, kMaxFile);
  return text.failed_with(Errc::NotFound) ? Result<std::string>(std::string()) : text;
}

Result<std::string> host_resolv_conf(const Dir& etc, const Dir& run) {
  BERTH_TRY(std::string text, read_if_there(etc, "resolv.conf"));
  if (has_reachable_server(text)) return text;
  BERTH_TRY(std::string behind_resolved, read_if_there(run, "systemd/resolve/resolv.conf"));
  if (has_reachable_server(behind_resolved)) return behind_resolved;
  log::warn("this node's resolv.conf names no server that tasks can reach, they get public ones",
            {{"servers", "8.8.8.8 8.8.4.4"}});
  return text;
}

Result<std::string> alias_lines(const std::vector<HostAlias>& aliases) {
  std::string lines;
  for (const HostAlias& alias : aliases) {
    BERTH_CHECK(parse_ip(alias.address));
    if (!is_word(alias.name)) {
      return Error{Errc::Invalid, 0, "\"" + alias.name + "\" is not a host name"};
    }
    lines += alias.address + " " + alias.name + "\n";
  }
  return lines;
}

/// A file that is right already is left alone: running containers have it mounted.
Result<> write_wanted(const Dir& into, const std::string& name, const std::string& text) {
  if (text.empty()) return ok();
  const Result<std::string> now = into.read(name, kMaxFile);
  return now && *now == text ? ok() : into.replace(name, text);
}

Result<NameFiles> files_of_host(const std::vector<HostAlias>& aliases, const Dir& etc) {
  NameFiles files;
  BERTH_TRY(files.resolv_conf, read_if_there(etc, "resolv.conf"));
  BERTH_TRY(files.hosts, read_if_there(etc, "hosts"));
  BERTH_TRY(files.hostname, read_if_there(etc, "hostname"));
  if (!files.hosts.empty() && files.hosts.back() != '\n') files.hosts += '\n';
  BERTH_TRY(const std::string added, alias_lines(aliases));
  files.hosts += added;
  return files;
}

}  // namespace

Result<std::string> resolv_conf_text(const std::vector<std::string>& dns_servers,
                                     const std::vector<std::string>& search_domains,
                                     std::string_view host_text) {
  std::string text;
  if (dns_servers.empty()) text = reachable_part(host_text, search_domains.empty());
  for (const std::string& server : dns_servers) {
    BERTH_CHECK(parse_ip(server));
    text += "nameserver " + server + "\n";
  }
  std::string search;
  for (const std::string& domain : search_domains) {
    if (!is_word(domain)) return Error{Errc::Invalid, 0, "\"" + domain + "\" is not a domain"};
    search += " " + domain;
  }
  if (!search.empty()) text += "search" + search + "\n";
  return text;
}

Result<std::string> hosts_text(const OwnInterface& own, const std::vector<HostAlias>& aliases) {
  std::string text = "127.0.0.1 localhost\n";
  if (!own.hostname.empty()) {
    if (!is_word(own.hostname)) {
      return Error{Errc::Invalid, 0, "\"" + own.hostname + "\" is not a host name"};
    }
    // source: the incumbent's files name the IPv6 address only when there is no other.
    const std::optional<IpInterface>& shown = own.ipv4 ? own.ipv4 : own.ipv6;
    if (shown) text += text_of(shown->address) + " " + own.hostname + "\n";
  }
  BERTH_TRY(const std::string added, alias_lines(aliases));
  return text + added;
}

Result<NameFiles> name_files(const Endpoint& endpoint, const std::vector<HostAlias>& aliases,
                             const Dir& etc, const Dir& run) {
  if (std::holds_alternative<HostNetwork>(endpoint)) return files_of_host(aliases, etc);
  const auto* own = std::get_if<OwnInterface>(&endpoint);
  NameFiles files;
  BERTH_TRY(files.hosts, hosts_text(own != nullptr ? *own : OwnInterface{}, aliases));
  if (own == nullptr) return files;
  std::string host_text;
  if (own->dns_servers.empty()) {
    BERTH_TRY(host_text, host_resolv_conf(etc, run));
  }
  BERTH_TRY(files.resolv_conf, resolv_conf_text(own->dns_servers, own->search_domains, host_text));
  if (!own->hostname.empty()) files.hostname = own->hostname + "\n";
  return files;
}

Result<> write_name_files(const Dir& into, const NameFiles& files) {
  BERTH_CHECK(write_wanted(into, "resolv.conf", files.resolv_conf));
  BERTH_CHECK(write_wanted(into, "hosts", files.hosts));
  return write_wanted(into, "hostname", files.hostname);
}

}  // namespace berth::netns
