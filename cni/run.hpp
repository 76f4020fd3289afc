// run.hpp - one plugin run to its end, with bounded time and output.
#pragma once

#include <string>
#include <vector>

#include "base/async.hpp"
#include "cni/answer.hpp"

namespace berth::cni {

/// One call of one plugin.
struct Call {
  std::string type;
  std::string program;  ///< its path
  Verb verb = Verb::Version;
  std::vector<std::string> environment;
  Json config;  ///< for its standard input
};

/// Runs the plugin in the caller's namespaces and waits for it; blocks. Past `by` its whole process
/// group is killed. Nothing but `call.environment` and three pipes is inherited.
///
/// fails:  TimedOut (in words for people), Exhausted (it said more than 1 MiB), NotFound, Denied.
Result<Said> run_plugin(const Call& call, Deadline by);

}  // namespace berth::cni
