// folder.hpp - the network of a name among the files of a folder.
#pragma once

#include <string>

#include "base/result.hpp"
#include "cni/network_list.hpp"

namespace berth::cni {

/// Reads the `.conflist`, `.conf` and `.json` files of `directory`; others are not looked at.
///
/// fails:  NotFound (no such network; names those found, and what is wrong with files that could
///         not be read), Exists (two files name it), Invalid (names file, member, value), Denied.
Result<NetworkList> find_network(const std::string& directory, const std::string& name);

}  // namespace berth::cni
