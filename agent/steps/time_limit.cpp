// time_limit.cpp - the sentence around a limit.
#include "agent/steps/time_limit.hpp"

#include "base/duration.hpp"
#include "base/log.hpp"

namespace berth::steps {

Error told_as_limit(Error error, const std::string& state, std::chrono::milliseconds limit) {
  if (error.code != Errc::TimedOut) return error;
  log::warn("a time limit passed", {{"status", state}, {"error", error.text()}});
  error.message =
      "Could not transition to " + state + "; timed out after waiting " + show_duration(limit);
  return error;
}

}  // namespace berth::steps
