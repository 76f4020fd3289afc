// agree.hpp - files that must not contradict each other, to the networks in force; pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/model/node_network.hpp"

namespace berth::networks {

/// One file of the directory, as it was last read.
struct File {
  std::optional<model::NodeNetwork> says;   ///< absent when it cannot be understood
  std::optional<model::NodeNetwork> holds;  ///< what is in force of it, of this version or before
  std::string complaint;                    ///< why `says` is not what holds
  bool operator==(const File&) const = default;
};

using Files = std::map<std::string, File>;  ///< by name

/// A subnet that no file may touch, and what it is.
struct Reserved {
  std::string subnet;  ///< "10.214.0.0/20"
  std::string what;    ///< "BERTH_BRIDGE_SUBNET"
};

/// Lets each file hold what it says, unless that contradicts another one: a name, a subnet or a
/// group's id twice, a group nobody describes. Files that say what they said before come first, the
/// others by name; one that is refused keeps what held of it before.
void agree(Files& files, const std::vector<Reserved>& reserved);

}  // namespace berth::networks
