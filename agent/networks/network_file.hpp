// network_file.hpp - the text of a file to a network of the node, or to what is wrong with it;
// pure.
#pragma once

#include <string_view>

#include "agent/model/node_network.hpp"
#include "base/result.hpp"

namespace berth::networks {

/// Reads strictly: a member that is not known is refused, too. docs/formats/network.d.md has them.
///
/// fails:  Invalid: member, value and what is allowed.
Result<model::NodeNetwork> read_network(std::string_view text);

}  // namespace berth::networks
