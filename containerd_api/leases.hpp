// leases.hpp - the calls of containerd's service Leases: holding back the garbage collector.
#pragma once

#include <github.com/containerd/containerd/api/services/leases/v1/leases.pb.h>
#include <google/protobuf/empty.pb.h>

#include "containerd_api/method.hpp"

namespace berth::containerd_api::leases {

using namespace ::containerd::services::leases::v1;

using ::google::protobuf::Empty;

inline constexpr Method<CreateRequest, CreateResponse> kCreate{
    "/containerd.services.leases.v1.Leases/Create"};
inline constexpr Method<DeleteRequest, Empty> kDelete{
    "/containerd.services.leases.v1.Leases/Delete"};
inline constexpr Method<ListRequest, ListResponse> kList{
    "/containerd.services.leases.v1.Leases/List"};
inline constexpr Method<AddResourceRequest, Empty> kAddResource{
    "/containerd.services.leases.v1.Leases/AddResource"};

}  // namespace berth::containerd_api::leases
