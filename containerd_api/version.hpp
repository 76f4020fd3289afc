// version.hpp - the calls of containerd's service Version: which containerd answers; also the
// cheapest call there is.
#pragma once

#include <github.com/containerd/containerd/api/services/version/v1/version.pb.h>
#include <google/protobuf/empty.pb.h>

#include "containerd_api/method.hpp"

namespace berth::containerd_api::version {

using namespace ::containerd::services::version::v1;

using ::google::protobuf::Empty;

inline constexpr Method<Empty, VersionResponse> kVersion{
    "/containerd.services.version.v1.Version/Version"};

}  // namespace berth::containerd_api::version
