// images.hpp - the calls of containerd's service Images: names of images and what they point to.
#pragma once

#include <github.com/containerd/containerd/api/services/images/v1/images.pb.h>
#include <google/protobuf/empty.pb.h>

#include "containerd_api/method.hpp"

namespace berth::containerd_api::images {

using namespace ::containerd::services::images::v1;

using ::google::protobuf::Empty;

inline constexpr Method<GetImageRequest, GetImageResponse> kGet{
    "/containerd.services.images.v1.Images/Get"};
inline constexpr Method<ListImagesRequest, ListImagesResponse> kList{
    "/containerd.services.images.v1.Images/List"};
inline constexpr Method<CreateImageRequest, CreateImageResponse> kCreate{
    "/containerd.services.images.v1.Images/Create"};
inline constexpr Method<UpdateImageRequest, UpdateImageResponse> kUpdate{
    "/containerd.services.images.v1.Images/Update"};
inline constexpr Method<DeleteImageRequest, Empty> kDelete{
    "/containerd.services.images.v1.Images/Delete"};

}  // namespace berth::containerd_api::images
