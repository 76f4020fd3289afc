// introspection.hpp - the calls of containerd's service Introspection: its plugins, and what became
// of each.
#pragma once

#include <github.com/containerd/containerd/api/services/introspection/v1/introspection.pb.h>

#include "containerd_api/method.hpp"

namespace berth::containerd_api::introspection {

using namespace ::containerd::services::introspection::v1;

inline constexpr Method<PluginsRequest, PluginsResponse> kPlugins{
    "/containerd.services.introspection.v1.Introspection/Plugins"};

}  // namespace berth::containerd_api::introspection
