// content.hpp - the calls of containerd's service Content: blobs by digest. Write, Read and List
// are streams. A commit by Write is answered twice: read to the end, then finish.
#pragma once

#include <github.com/containerd/containerd/api/services/content/v1/content.pb.h>
#include <google/protobuf/empty.pb.h>

#include "containerd_api/method.hpp"

namespace berth::containerd_api::content {

using namespace ::containerd::services::content::v1;

using ::google::protobuf::Empty;

inline constexpr Method<InfoRequest, InfoResponse> kInfo{
    "/containerd.services.content.v1.Content/Info"};
inline constexpr Method<UpdateRequest, UpdateResponse> kUpdate{
    "/containerd.services.content.v1.Content/Update"};
inline constexpr Method<ListContentRequest, ListContentResponse> kList{
    "/containerd.services.content.v1.Content/List"};
inline constexpr Method<DeleteContentRequest, Empty> kDelete{
    "/containerd.services.content.v1.Content/Delete"};
inline constexpr Method<ReadContentRequest, ReadContentResponse> kRead{
    "/containerd.services.content.v1.Content/Read"};
inline constexpr Method<StatusRequest, StatusResponse> kStatus{
    "/containerd.services.content.v1.Content/Status"};
inline constexpr Method<ListStatusesRequest, ListStatusesResponse> kListStatuses{
    "/containerd.services.content.v1.Content/ListStatuses"};
inline constexpr Method<WriteContentRequest, WriteContentResponse> kWrite{
    "/containerd.services.content.v1.Content/Write"};
inline constexpr Method<AbortRequest, Empty> kAbort{
    "/containerd.services.content.v1.Content/Abort"};

}  // namespace berth::containerd_api::content
