// containers.hpp - the calls of containerd's service Containers: what containers are: their
// records, which run nothing by themselves.
#pragma once

#include <github.com/containerd/containerd/api/services/containers/v1/containers.pb.h>
#include <google/protobuf/empty.pb.h>

#include "containerd_api/method.hpp"

namespace berth::containerd_api::containers {

using namespace ::containerd::services::containers::v1;

using ::google::protobuf::Empty;

inline constexpr Method<GetContainerRequest, GetContainerResponse> kGet{
    "/containerd.services.containers.v1.Containers/Get"};
inline constexpr Method<ListContainersRequest, ListContainersResponse> kList{
    "/containerd.services.containers.v1.Containers/List"};
inline constexpr Method<CreateContainerRequest, CreateContainerResponse> kCreate{
    "/containerd.services.containers.v1.Containers/Create"};
inline constexpr Method<UpdateContainerRequest, UpdateContainerResponse> kUpdate{
    "/containerd.services.containers.v1.Containers/Update"};
inline constexpr Method<DeleteContainerRequest, Empty> kDelete{
    "/containerd.services.containers.v1.Containers/Delete"};

}  // namespace berth::containerd_api::containers
