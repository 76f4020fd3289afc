// capability.hpp - wishes as the runtimeConfig of plugins that declare the capability; pure.
#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"
#include "cni/network_list.hpp"
#include "cni/spec.hpp"

namespace berth::cni {

/// "runtimeConfig" of a plugin with these capabilities; an empty object when there is nothing to
/// say.
Json runtime_config(const Wishes& wishes, const std::vector<std::string>& capabilities);

/// Capabilities that the wishes need and no plugin of the list declares. Of "dns" and "mac" nobody
/// is asked: without them a plugin has its own.
std::vector<std::string> lacking(const NetworkList& list, const Wishes& wishes);

}  // namespace berth::cni
