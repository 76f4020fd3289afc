// namespaces.hpp - the calls of containerd's service Namespaces: containerd's namespaces.
#pragma once

#include <github.com/containerd/containerd/api/services/namespaces/v1/namespace.pb.h>
#include <google/protobuf/empty.pb.h>

#include "containerd_api/method.hpp"

namespace berth::containerd_api::namespaces {

using namespace ::containerd::services::namespaces::v1;

using ::google::protobuf::Empty;

inline constexpr Method<GetNamespaceRequest, GetNamespaceResponse> kGet{
    "/containerd.services.namespaces.v1.Namespaces/Get"};
inline constexpr Method<ListNamespacesRequest, ListNamespacesResponse> kList{
    "/containerd.services.namespaces.v1.Namespaces/List"};
inline constexpr Method<CreateNamespaceRequest, CreateNamespaceResponse> kCreate{
    "/containerd.services.namespaces.v1.Namespaces/Create"};
inline constexpr Method<DeleteNamespaceRequest, Empty> kDelete{
    "/containerd.services.namespaces.v1.Namespaces/Delete"};

}  // namespace berth::containerd_api::namespaces
