// diff.hpp - the calls of containerd's service Diff: layers onto mounts.
#pragma once

#include <github.com/containerd/containerd/api/services/diff/v1/diff.pb.h>

#include "containerd_api/method.hpp"

namespace berth::containerd_api::diff {

using namespace ::containerd::services::diff::v1;

inline constexpr Method<ApplyRequest, ApplyResponse> kApply{
    "/containerd.services.diff.v1.Diff/Apply"};

}  // namespace berth::containerd_api::diff
