// hosts.cpp - finding and reading a hosts.toml.
#include "images/hosts.hpp"

#include <algorithm>
#include <optional>

#include "base/dir.hpp"

#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

namespace berth::images {

namespace {

/// Reads one host's table; remembers the first complaint.
class HostTable {
 public:
  HostTable(const toml::table& table, std::string dir) : table_(table), dir_(std::move(dir)) {}

  std::optional<bool> boolean(const char* name) {
    const toml::node* node = table_.get(name);
    if (node == nullptr) return std::nullopt;
    if (const auto value = node->value_exact<bool>()) return *value;
    complain(name, "must be true or false");
    return std::nullopt;
  }

  /// A string or a list of strings.
  std::vector<std::string> texts(const char* name) {
    const toml::node* node = table_.get(name);
    return node == nullptr ? std::vector<std::string>{} : texts_of(*node, name);
  }

  std::vector<std::string> paths(const char* name) {
    std::vector<std::string> found = texts(name);
    for (std::string& path : found) path = absolute(path);
    return found;
  }

  /// "file", ["file", ...] or [["certificate", "key"], ...].
  std::vector<ClientPair> pairs(const char* name) {
    std::vector<ClientPair> found;
    const toml::node* node = table_.get(name);
    if (node == nullptr) return found;
    const toml::array* list = node->as_array();
    if (list == nullptr || list->empty() || !list->front().is_array()) {
      for (std::string& path : paths(name)) found.push_back({std::move(path), ""});
      return found;
    }
    for (const toml::node& entry : *list) {
      const std::vector<std::string> files = texts_of(entry, name);
      if (files.size() != 2) {
        complain(name, "each pair must be a certificate and a key");
        return {};
      }
      found.push_back({absolute(files[0]), absolute(files[1])});
    }
    return found;
  }

  http::Headers headers(const char* name) {
    http::Headers found;
    const toml::node* node = table_.get(name);
    if (node == nullptr) return found;
    if (!node->is_table()) {
      complain(name, "must be a table");
      return found;
    }
    for (const auto& [key, value] : *node->as_table()) {
      for (std::string& text : texts_of(value, name)) {
        if (text.find_first_of("\r\n") != text.npos) complain(name, "must not hold a line break");
        found.emplace_back(std::string(key.str()), std::move(text));
      }
    }
    return found;
  }

  void complain(const std::string& name, const std::string& why) {
    if (!failed_) failed_ = Error{Errc::Invalid, 0, name + ": " + why};
  }
  const std::optional<Error>& failed() const { return failed_; }

 private:
  std::vector<std::string> texts_of(const toml::node& node, const char* name) {
    std::vector<std::string> found;
    if (const auto one = node.value_exact<std::string>()) {
      found.push_back(*one);
    } else if (const toml::array* list = node.as_array()) {
      for (const toml::node& entry : *list) {
        if (const auto text = entry.value_exact<std::string>()) {
          found.push_back(*text);
        } else {
          complain(name, "must be a list of strings");
        }
      }
    } else {
      complain(name, "must be a string or a list of strings");
    }
    return found;
  }
  std::string absolute(const std::string& path) const {
    return path.starts_with('/') ? path : dir_ + "/" + path;
  }

  const toml::table& table_;
  std::string dir_;
  std::optional<Error> failed_;
};

bool is_loopback(const std::string& domain) {
  std::string host = domain.substr(0, domain.rfind(':'));
  if (domain.ends_with(']') || domain.find(':') == domain.npos) host = domain;
  return host == "localhost" || host.ends_with(".localhost") || host.starts_with("127.") ||
         host == "[::1]";
}

/// The registry of that name itself. plain: spoken to by http where that is the custom.
Endpoint own_endpoint(const std::string& domain, bool may_be_plain) {
  Endpoint own;
  own.host = domain == "docker.io" ? "registry-1.docker.io" : domain;
  const bool plain = may_be_plain && is_loopback(domain) && !domain.ends_with(":443");
  own.root = (plain ? "http://" : "https://") + own.host + "/v2";
  return own;
}

Result<> set_server(Endpoint& endpoint, const std::string& server, bool override_path) {
  const bool has_scheme = server.starts_with("http://") || server.starts_with("https://");
  BERTH_TRY(http::Url url, http::parse_url(has_scheme ? server : "https://" + server));
  std::string path = url.path;
  while (path.ends_with('/')) path.pop_back();
  if (!override_path && !path.ends_with("/v2")) path += "/v2";
  endpoint.host = url.authority();
  endpoint.root = url.scheme + "://" + endpoint.host + path;
  return ok();
}

/// One [host."..."] table, or the root table for the registry itself (server "" keeps its own).
Result<Endpoint> read_host(HostTable in, const std::string& server, Endpoint endpoint) {
  endpoint.skip_verify = in.boolean("skip_verify").value_or(false);
  endpoint.ca_files = in.paths("ca");
  endpoint.client = in.pairs("client");
  endpoint.headers = in.headers("header");
  const bool override_path = in.boolean("override_path").value_or(false);
  const std::vector<std::string> capabilities = in.texts("capabilities");
  if (!capabilities.empty()) endpoint.may_pull = endpoint.may_resolve = false;
  for (std::string capability : capabilities) {
    std::transform(capability.begin(), capability.end(), capability.begin(),
                   [](unsigned char c) { return std::tolower(c); });
    if (capability == "pull")
      endpoint.may_pull = true;
    else if (capability == "resolve")
      endpoint.may_resolve = true;
    else if (capability != "push") {
      in.complain("capabilities", "\"" + capability + "\" must be pull, resolve or push");
    }
  }
  if (in.failed()) return *in.failed();
  if (!server.empty()) BERTH_CHECK(set_server(endpoint, server, override_path));
  return endpoint;
}

/// The hosts in the order they stand in the file; a table itself forgets it.
std::vector<std::pair<std::string, const toml::table*>> hosts_in_order(const toml::table& hosts) {
  std::vector<std::pair<std::string, const toml::table*>> ordered;
  for (const auto& [name, node] : hosts) {
    ordered.emplace_back(std::string(name.str()), node.as_table());
  }
  auto line = [&hosts](const auto& entry) {
    const toml::source_position at = hosts.get(entry.first)->source().begin;
    return std::pair(at.line, at.column);
  };
  std::sort(ordered.begin(), ordered.end(),
            [&line](const auto& a, const auto& b) { return line(a) < line(b); });
  return ordered;
}

Result<std::vector<Endpoint>> read_hosts_file(const std::string& text, const std::string& domain,
                                              const std::string& dir) {
  const toml::parse_result parsed = toml::parse(std::string_view(text));
  if (!parsed) {
    const toml::source_position at = parsed.error().source().begin;
    return Error{
        Errc::Invalid, 0,
        "line " + std::to_string(at.line) + ": " + std::string(parsed.error().description())};
  }
  const toml::table& root = parsed.table();
  std::vector<Endpoint> endpoints;
  if (const toml::node* hosts = root.get("host")) {
    if (!hosts->is_table()) return Error{Errc::Invalid, 0, "host: must be a table"};
    for (const auto& [name, table] : hosts_in_order(*hosts->as_table())) {
      const std::string where = "host \"" + name + "\"";
      if (table == nullptr) return Error{Errc::Invalid, 0, where + ": must be a table"};
      auto read = read_host(HostTable(*table, dir), name, Endpoint{});
      if (!read) return std::move(read).error().while_doing(where);
      endpoints.push_back(*std::move(read));
    }
  }
  const toml::node* named = root.get("server");
  if (named != nullptr && !named->is_string()) {
    return Error{Errc::Invalid, 0, "server: must be a string"};
  }
  const std::string server = named ? *named->value<std::string>() : "";
  const bool has_tls = root.contains("ca") || root.contains("client");
  BERTH_TRY(Endpoint own, read_host(HostTable(root, dir), server, own_endpoint(domain, !has_tls)));
  endpoints.push_back(std::move(own));
  return endpoints;
}

/// Docker's way: NAME.crt are authorities, NAME.cert with NAME.key a client's certificate.
Result<std::vector<Endpoint>> read_certificates(const Dir& dir, const std::string& domain) {
  BERTH_TRY(const std::vector<std::string> files, dir.list());
  std::vector<std::string> ca_files;
  std::vector<ClientPair> client;
  for (const std::string& file : files) {
    if (file.ends_with(".crt")) ca_files.push_back(dir.path() + "/" + file);
    if (!file.ends_with(".cert")) continue;
    const std::string key = file.substr(0, file.size() - 5) + ".key";
    if (!dir.exists(key)) {
      return Error{Errc::Invalid, 0, file + ": its key " + key + " is not there"};
    }
    client.push_back({dir.path() + "/" + file, dir.path() + "/" + key});
  }
  Endpoint own = own_endpoint(domain, ca_files.empty() && client.empty());
  own.ca_files = std::move(ca_files);
  own.client = std::move(client);
  return std::vector<Endpoint>{std::move(own)};
}

/// The directory for the registry, by containerd's order of names.
Result<Dir> find_dir(const std::string& hosts_dir, const std::string& domain) {
  std::vector<std::string> names{domain, "_default"};
  const std::size_t colon = domain.rfind(':');
  if (colon != std::string::npos && !domain.ends_with(']')) {
    names.insert(names.begin(), domain.substr(0, colon) + "_" + domain.substr(colon + 1) + "_");
  }
  for (const std::string& name : names) {
    auto found = Dir::open(hosts_dir + "/" + name);
    if (found || !found.failed_with(Errc::NotFound)) return found;
  }
  return Error{Errc::NotFound, 0, hosts_dir + ": nothing for " + domain};
}

}  // namespace

Result<std::vector<Endpoint>> endpoints_for(const std::string& domain,
                                            const std::string& hosts_dir) {
  std::vector<Endpoint> endpoints{own_endpoint(domain, true)};
  if (hosts_dir.empty()) return endpoints;
  auto dir = find_dir(hosts_dir, domain);
  if (dir.failed_with(Errc::NotFound)) return endpoints;
  if (!dir) return std::move(dir).error();
  auto text = dir->read("hosts.toml");
  if (!text && !text.failed_with(Errc::NotFound)) return std::move(text).error();
  auto read = text ? read_hosts_file(*text, domain, dir->path()) : read_certificates(*dir, domain);
  if (!read) return std::move(read).error().while_doing(dir->path() + "/hosts.toml");
  const std::string own_host = own_endpoint(domain, true).host;
  for (Endpoint& endpoint : *read) endpoint.is_mirror = endpoint.host != own_host;
  return read;
}

}  // namespace berth::images
