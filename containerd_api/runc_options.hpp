// runc_options.hpp - what containerd's shim for runc can be told with each container.
#pragma once

#include <github.com/containerd/containerd/runtime/v2/runc/options/oci.pb.h>

namespace berth::containerd_api {

using RuncOptions = ::containerd::runc::v1::Options;

/// What containerd calls them in a container's record.
inline constexpr const char* kRuncOptionsType = "containerd.runc.v1.Options";

}  // namespace berth::containerd_api
