// oci_runtime.hpp - the program that makes a container of its document, where it is not the usual.
#pragma once

#include <string>

#include "base/result.hpp"

namespace berth::runtime {

/// Where programs are when nobody says.
inline constexpr const char* kUsualSearchPath =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The absolute path of a runtime: the engine's own PATH is none of ours. Blocks.
///
/// name, search_path:  as of find_program.
/// fails:              Invalid (it is not there, or cannot be executed).
Result<std::string> find_oci_runtime(const std::string& name, const std::string& search_path);

/// What makes containers where nobody says: "", which is the shim's own, runc; crun's path where
/// only that is there. Blocks.
std::string usual_oci_runtime(const std::string& search_path);

}  // namespace berth::runtime
