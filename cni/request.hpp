// request.hpp - one call of a plugin as its environment and its standard input; pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "cni/network_list.hpp"
#include "cni/spec.hpp"

namespace berth::cni {

/// source: CNI specification, "CNI operations".
enum class Verb : std::uint8_t { Add, Del, Check, Gc, Status, Version };

/// "ADD", "DEL", ...
std::string_view name_of(Verb verb);

/// CNI_COMMAND and its kin, and a PATH for plugins that start iptables and the like; nothing else.
///
/// attachment:  nullptr for GC, STATUS and VERSION, which are about none.
/// directories: where plugins are, CNI_PATH.
std::vector<std::string> environment_for(Verb verb, const Attachment* attachment,
                                         const std::vector<std::string>& directories);

/// The plugin's own configuration with what the chain adds to it. The three that follow are given
/// where the verb has them.
/// source: CNI specification, "Deriving execution configuration from plugin configuration".
struct Derived {
  const NetworkList& list;
  const Plugin& plugin;
  std::string version;
  const Wishes* wishes = nullptr;                  ///< becomes runtimeConfig
  const Json* previous = nullptr;                  ///< becomes prevResult
  const std::vector<Attachment>* valid = nullptr;  ///< GC: what is not stale
};
Json config_for(const Derived& derived);

}  // namespace berth::cni
