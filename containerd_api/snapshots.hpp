// snapshots.hpp - the calls of containerd's service Snapshots: file systems of images and
// containers. List is a stream.
#pragma once

#include <github.com/containerd/containerd/api/services/snapshots/v1/snapshots.pb.h>
#include <google/protobuf/empty.pb.h>

#include "containerd_api/method.hpp"

namespace berth::containerd_api::snapshots {

using namespace ::containerd::services::snapshots::v1;

using ::google::protobuf::Empty;

inline constexpr Method<PrepareSnapshotRequest, PrepareSnapshotResponse> kPrepare{
    "/containerd.services.snapshots.v1.Snapshots/Prepare"};
inline constexpr Method<ViewSnapshotRequest, ViewSnapshotResponse> kView{
    "/containerd.services.snapshots.v1.Snapshots/View"};
inline constexpr Method<MountsRequest, MountsResponse> kMounts{
    "/containerd.services.snapshots.v1.Snapshots/Mounts"};
inline constexpr Method<CommitSnapshotRequest, Empty> kCommit{
    "/containerd.services.snapshots.v1.Snapshots/Commit"};
inline constexpr Method<RemoveSnapshotRequest, Empty> kRemove{
    "/containerd.services.snapshots.v1.Snapshots/Remove"};
inline constexpr Method<StatSnapshotRequest, StatSnapshotResponse> kStat{
    "/containerd.services.snapshots.v1.Snapshots/Stat"};
inline constexpr Method<UpdateSnapshotRequest, UpdateSnapshotResponse> kUpdate{
    "/containerd.services.snapshots.v1.Snapshots/Update"};
inline constexpr Method<ListSnapshotsRequest, ListSnapshotsResponse> kList{
    "/containerd.services.snapshots.v1.Snapshots/List"};
inline constexpr Method<UsageRequest, UsageResponse> kUsage{
    "/containerd.services.snapshots.v1.Snapshots/Usage"};

}  // namespace berth::containerd_api::snapshots
