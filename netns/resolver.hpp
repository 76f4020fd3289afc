// resolver.hpp - the three files that tell a container its names: resolv.conf, hosts, hostname.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/dir.hpp"
#include "base/result.hpp"
#include "netns/spec.hpp"

namespace berth::netns {

/// The texts of the three files, each with its final newline; an empty one is not wanted.
struct NameFiles {
  std::string resolv_conf;
  std::string hosts;
  std::string hostname;
  bool operator==(const NameFiles&) const = default;
};

/// resolv.conf: "nameserver" lines, then one "search" line. Without servers given
/// the host's are taken, and its search list unless domains are given; but not servers on loopback,
/// which cannot be reached from another namespace. Is none left: 8.8.8.8 and 8.8.4.4.
/// fails: Invalid (a name server is no address; a domain holds white space).
Result<std::string> resolv_conf_text(const std::vector<std::string>& dns_servers,
                                     const std::vector<std::string>& search_domains,
                                     std::string_view host_text);

/// hosts: the loopback line, the interface's own line when it has a hostname, then the aliases.
/// fails: Invalid (an address is none; a name is empty or holds white space).
Result<std::string> hosts_text(const OwnInterface& own, const std::vector<HostAlias>& aliases);

/// The files as an Endpoint wants them.
///
/// HostNetwork: copies of the host's with the aliases added. NoNetwork: loopback only.
/// etc:   the host's /etc. run: the host's /run; where systemd-resolved keeps the real servers of a
///        host whose resolv.conf names only loopback.
/// fails: Invalid, Denied.
/// source: reference of the ECS agent, its file set for namespaces without a pause container.
Result<NameFiles> name_files(const Endpoint& endpoint, const std::vector<HostAlias>& aliases,
                             const Dir& etc, const Dir& run);

/// Writes the wanted files, mode 0644, as "resolv.conf", "hosts", "hostname" into one directory.
/// again: yes; each is replaced as a whole, and only when its text differs.
Result<> write_name_files(const Dir& into, const NameFiles& files);

}  // namespace berth::netns
