// status.hpp - gRPC's status codes as errors; the one place where they are translated.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace berth::containerd_api {

/// The Error for a call that ended with a gRPC status other than OK.
///
/// code:    grpc::StatusCode, 1..16. source: gRPC, statuscodes.md.
/// message: containerd's own words; they follow "<call>: ".
/// note:    containerd answers UNKNOWN for whatever a shim or runc said: Broken here. A caller that
///          asked for something the runtime may refuse reads it as Invalid.
Error status_error(int code, std::string_view message, std::string_view call);

}  // namespace berth::containerd_api
