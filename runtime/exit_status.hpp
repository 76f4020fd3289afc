// exit_status.hpp - containerd's exit status and time stamp as ours.
#pragma once

#include <google/protobuf/timestamp.pb.h>

#include "runtime/spec.hpp"

namespace berth::runtime {

inline ExitStatus exit_status(std::uint32_t code, const google::protobuf::Timestamp& at) {
  const auto since_epoch =
      std::chrono::seconds(at.seconds()) + std::chrono::nanoseconds(at.nanos());
  ExitStatus status;
  status.code = static_cast<int>(code);
  status.at = WallTime(std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch));
  return status;
}

}  // namespace berth::runtime
