// doctor.hpp - berth doctor: berthd has the checks, and makes them without a daemon.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"

namespace berth::cli {

/// The first berthd in those directories that can be run. fails: Unavailable (none; names them).
Result<std::string> find_berthd(const std::vector<std::string>& directories);

/// The berthd beside this program, else an installed one. fails: as find_berthd.
Result<std::string> usual_berthd();

/// Ends this program by becoming `berthd --doctor`, with its output and its exit status.
/// fails:  Unavailable (there is no berthd), or by the errno of running it.
Result<> become_doctor(bool as_json);

}  // namespace berth::cli
