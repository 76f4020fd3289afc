// words.hpp - what the container runtime said, without the wrapping of those who passed it on;
// pure.
#pragma once

#include "base/result.hpp"

namespace berth::runtime {

/// An error of tasks.Create, Start or Exec as the caller should see it. What the OCI runtime itself
/// refused is Invalid with its own words, except where it only lacked something for the moment
/// (Exhausted); anything else comes back as it is.
///
///   "tasks.Create: failed to create shim task: OCI runtime create failed: runc create failed:
///    unable to start container process: exec: "x": executable file not found in $PATH: unknown"
/// becomes Invalid
///   "runc create failed: unable to start container process: exec: "x": executable file not found
///    in $PATH"
Error in_runtime_words(Error error);

}  // namespace berth::runtime
