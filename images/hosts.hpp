// hosts.hpp - which servers are asked for an image, and how: containerd's hosts.toml convention.
#pragma once

#include <string>
#include <vector>

#include "base/http/message.hpp"
#include "base/result.hpp"

namespace berth::images {

/// Files for TLS with a client certificate; key "" means the key is in the certificate's file.
struct ClientPair {
  std::string certificate;
  std::string key;
  bool operator==(const ClientPair&) const = default;
};

/// One server that may have an image: the registry itself or a mirror of it.
struct Endpoint {
  std::string root;          ///< "https://registry-1.docker.io/v2", no slash at the end
  std::string host;          ///< "registry-1.docker.io", "127.0.0.1:5000": credentials are by host
  bool may_resolve = true;   ///< capability "resolve": may be asked what a tag means
  bool may_pull = true;      ///< capability "pull": may be asked for content by digest
  bool is_mirror = false;    ///< stands for another registry, whose name it is told (?ns=)
  bool skip_verify = false;  ///< accepts any certificate
  std::vector<std::string> ca_files;  ///< trusted besides the system's
  std::vector<ClientPair> client;
  http::Headers headers;  ///< sent with each request to this host, not to where it redirects
  bool operator==(const Endpoint&) const = default;
};

/// The servers to try for images of a registry, in order; the registry itself is the last.
///
/// domain:    as in the image's name: "docker.io", "127.0.0.1:5000".
/// hosts_dir: holds <host>_<port>_/, <host[:port]>/ or _default/ with a hosts.toml or, Docker's
///            way, *.crt, *.cert and *.key files. Neither the directory nor a match need be there.
/// fails:     Invalid (hosts.toml: names file, host, field and rule), Denied (cannot be read).
/// note:      a registry on loopback is spoken to by plain http unless its port is 443, or its
///            hosts.toml or certificates say otherwise.
/// source:    containerd, docs/hosts.md.
Result<std::vector<Endpoint>> endpoints_for(const std::string& domain,
                                            const std::string& hosts_dir);

}  // namespace berth::images
