// network_list.hpp - a network as its file describes it: a chain of plugins; pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"

namespace berth::cni {

/// One plugin of a chain. source: CNI specification, "Plugin configuration objects".
struct Plugin {
  std::string type;                       ///< "type": the program's name
  std::string ipam_type;                  ///< "ipam.type": the program it asks for addresses; ""
  std::vector<std::string> capabilities;  ///< "capabilities": those that are true
  Json config;                            ///< the whole object as written
  bool operator==(const Plugin&) const = default;
};

/// source: CNI specification, "Configuration format".
struct NetworkList {
  std::string file;                   ///< where it is written, for people
  std::string name;                   ///< "name"
  std::vector<std::string> versions;  ///< "cniVersion" and "cniVersions"; none: not said
  bool checks = true;                 ///< "disableCheck" turns it off
  bool collects = true;               ///< "disableGC" turns it off
  std::vector<Plugin> plugins;        ///< "plugins", one or more, in order
  bool operator==(const NetworkList&) const = default;
};

/// Reads a list (`.conflist`, an object with "plugins") or a plugin alone (`.conf`, `.json`, an
/// object with "type"), which is a list of one. Members nobody here knows are the plugins' own.
///
/// fails:  Invalid, naming file, member, value and what is allowed.
Result<NetworkList> parse_network(const std::string& file, std::string_view text);

/// The same for what to_json() made.
Result<NetworkList> network_from_json(const std::string& file, const Json& document);
Json to_json(const NetworkList& list);

/// True when a plugin of the list is told of `capability`.
bool has_capability(const NetworkList& list, std::string_view capability);

}  // namespace berth::cni
