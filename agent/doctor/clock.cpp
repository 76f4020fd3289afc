// clock.cpp - not before the build, and near the endpoint's time.
#include "agent/doctor/clock.hpp"

namespace berth::doctor {

namespace {

constexpr const char* kClock = "clock";
constexpr const char* kSkew = "against the endpoint";
constexpr const char* kCure =
    "have the time set over the network (timedatectl set-ntp true; "
    "package systemd-timesyncd or chrony)";
// A Date header has whole seconds, and the answer takes its time.
constexpr std::chrono::seconds kSkewSeen{30};
// AWS refuses signatures from farther off. source: Signature Version 4, request time.
constexpr std::chrono::minutes kSkewRefused{5};

}  // namespace

Finding judge_time(WallTime now, WallTime built) {
  if (now >= built) return fine(kClock, "time", iso8601(now));
  return failed(
      kClock, "time",
      "it is " + iso8601(now) + " here, before this berth was built (" + iso8601(built) + ")",
      kCure);
}

Finding judge_skew(WallTime now, std::optional<WallTime> theirs) {
  if (!theirs) return unknown(kClock, kSkew, "no answer with a Date header came");
  const auto skew = std::chrono::duration_cast<std::chrono::seconds>(now - *theirs);
  const auto size = std::chrono::abs(skew);
  const std::string text = std::to_string(size.count()) + " s " +
                           (skew.count() < 0 ? "behind" : "ahead") + " of the endpoint";
  if (size <= kSkewSeen) return fine(kClock, kSkew, "less than 30 s off");
  if (size <= kSkewRefused) return warned(kClock, kSkew, text, kCure);
  return failed(kClock, kSkew, text + ", too far for signatures and certificates", kCure);
}

}  // namespace berth::doctor
