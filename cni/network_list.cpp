// network_list.cpp - member by member, the first complaint wins.
#include "cni/network_list.hpp"

#include <algorithm>

#include "cni/kubernetes.hpp"
#include "cni/words.hpp"

namespace berth::cni {

namespace {

constexpr const char* kPlainName =
    "must be a letter or digit, then letters, digits, '_', '.' or '-'";

/// It becomes the name of a program in a folder of ours, and of nothing else.
bool is_program_name(const std::string& type) {
  return !type.empty() && type.front() != '.' && type.find('/') == std::string::npos;
}

/// Early lists have it as text: "true". source: libcni, disableCheck.
bool flag(JsonReader& in, const char* name) {
  const Json* found = in.any(name);
  if (found == nullptr) return false;
  if (found->is_boolean()) return found->get<bool>();
  if (*found == "true" || *found == "false") return *found == "true";
  in.complain(name, dump_json(*found) + " must be true or false");
  return false;
}

void read_capabilities(JsonReader& in, Plugin& plugin) {
  const Json* found = in.object("capabilities");
  if (found == nullptr) return;
  for (auto at = found->begin(); at != found->end(); ++at) {
    if (!at->is_boolean()) {
      in.complain("capabilities." + at.key(), dump_json(*at) + " must be true or false");
    } else if (at->get<bool>()) {
      plugin.capabilities.push_back(at.key());
    }
  }
}

void read_ipam(JsonReader& in, Plugin& plugin) {
  const Json* found = in.object("ipam");
  if (found == nullptr || found->empty()) return;
  JsonReader ipam(*found, in.where() + ".ipam");
  plugin.ipam_type = ipam.text("type");
  if (plugin.ipam_type.empty()) return;
  if (!is_program_name(plugin.ipam_type)) {
    in.complain("ipam.type", "\"" + plugin.ipam_type + "\" must be the name of a program");
  }
}

Result<Plugin> read_plugin(const Json& object, const std::string& where) {
  JsonReader in(object, where);
  Plugin plugin;
  plugin.type = in.text("type");
  if (const auto failed = in.failed()) return *failed;
  if (plugin.type.empty()) in.complain("type", "is required: the name of a plugin's program");
  if (!plugin.type.empty() && !is_program_name(plugin.type)) {
    in.complain("type", "\"" + plugin.type + "\" must be the name of a program, without '/'");
  }
  read_capabilities(in, plugin);
  read_ipam(in, plugin);
  if (const auto failed = in.failed()) return *failed;
  BERTH_CHECK(check_without_kubernetes(plugin.type, plugin.ipam_type, object, where));
  plugin.config = object;
  return plugin;
}

void read_versions(JsonReader& in, NetworkList& list) {
  list.versions = in.texts("cniVersions");
  const std::string version = in.text("cniVersion");
  const bool is_new =
      std::find(list.versions.begin(), list.versions.end(), version) == list.versions.end();
  if (!version.empty() && is_new) list.versions.push_back(version);
}

Result<> read_plugins(const Json& document, JsonReader& in, NetworkList& list) {
  const std::vector<const Json*> plugins = in.array("plugins");
  if (const auto failed = in.failed()) return *failed;
  if (plugins.empty() && in.any("type") == nullptr) {
    in.complain("plugins", "is required: one or more plugins");
    return *in.failed();
  }
  for (std::size_t at = 0; at < plugins.size(); ++at) {
    const std::string where = list.file + ": plugins[" + std::to_string(at) + "]";
    BERTH_TRY(Plugin plugin, read_plugin(*plugins[at], where));
    list.plugins.push_back(std::move(plugin));
  }
  if (!plugins.empty()) return ok();
  BERTH_TRY(Plugin alone, read_plugin(document, list.file));
  list.plugins.push_back(std::move(alone));
  return ok();
}

}  // namespace

Result<NetworkList> network_from_json(const std::string& file, const Json& document) {
  JsonReader in(document, file);
  NetworkList list;
  list.file = file;
  list.name = in.text("name");
  if (const auto failed = in.failed()) return *failed;
  if (list.name.empty()) in.complain("name", "is required");
  if (!list.name.empty() && !is_plain_name(list.name)) {
    in.complain("name", "\"" + list.name + "\" " + kPlainName);
  }
  read_versions(in, list);
  list.checks = !flag(in, "disableCheck");
  list.collects = !flag(in, "disableGC");
  BERTH_CHECK(read_plugins(document, in, list));
  if (const auto failed = in.failed()) return *failed;
  return list;
}

Result<NetworkList> parse_network(const std::string& file, std::string_view text) {
  Result<Json> document = parse_json(text);
  if (!document) return std::move(document).error().while_doing(file);
  return network_from_json(file, *document);
}

Json to_json(const NetworkList& list) {
  Json document{{"name", list.name},
                {"disableCheck", !list.checks},
                {"disableGC", !list.collects},
                {"plugins", Json::array()}};
  if (!list.versions.empty()) document["cniVersions"] = list.versions;
  for (const Plugin& plugin : list.plugins) document["plugins"].push_back(plugin.config);
  return document;
}

bool has_capability(const NetworkList& list, std::string_view capability) {
  return std::any_of(list.plugins.begin(), list.plugins.end(), [capability](const Plugin& one) {
    return std::find(one.capabilities.begin(), one.capabilities.end(), capability) !=
           one.capabilities.end();
  });
}

}  // namespace berth::cni
