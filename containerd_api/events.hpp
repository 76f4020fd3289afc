// events.hpp - the calls of containerd's service Events: what happens in the engine. Subscribe is a
// stream.
#pragma once

#include <github.com/containerd/containerd/api/services/events/v1/events.pb.h>
#include <google/protobuf/empty.pb.h>

#include "containerd_api/method.hpp"

namespace berth::containerd_api::events {

using namespace ::containerd::services::events::v1;

using ::google::protobuf::Empty;

inline constexpr Method<PublishRequest, Empty> kPublish{
    "/containerd.services.events.v1.Events/Publish"};
inline constexpr Method<SubscribeRequest, Envelope> kSubscribe{
    "/containerd.services.events.v1.Events/Subscribe"};

}  // namespace berth::containerd_api::events
