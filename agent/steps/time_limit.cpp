// time_limit.cpp - hours, minutes, seconds, and the sentence around them.
#include "agent/steps/time_limit.hpp"

#include "base/log.hpp"

namespace berth::steps {

std::string go_duration(std::chrono::milliseconds span) {
  constexpr std::int64_t kSecond = 1'000;
  constexpr std::int64_t kMinute = 60 * kSecond;
  constexpr std::int64_t kHour = 60 * kMinute;
  const std::int64_t all = span.count();
  if (all == 0) return "0s";
  if (all < kSecond) return std::to_string(all) + "ms";

  std::string text;
  if (all >= kHour) text += std::to_string(all / kHour) + "h";
  if (all >= kMinute) text += std::to_string(all % kHour / kMinute) + "m";
  text += std::to_string(all % kMinute / kSecond);
  if (const std::int64_t rest = all % kSecond; rest != 0) {
    std::string fraction = std::to_string(kSecond + rest).substr(1);
    fraction.erase(fraction.find_last_not_of('0') + 1);
    text += "." + fraction;
  }
  return text + "s";
}

Error told_as_limit(Error error, const std::string& state, std::chrono::milliseconds limit) {
  if (error.code != Errc::TimedOut) return error;
  log::warn("a time limit passed", {{"status", state}, {"error", error.text()}});
  error.message =
      "Could not transition to " + state + "; timed out after waiting " + go_duration(limit);
  return error;
}

}  // namespace berth::steps
