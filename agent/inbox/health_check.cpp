// health_check.cpp - Docker's Healthcheck as ours.
#include "agent/inbox/health_check.hpp"

namespace berth::inbox {

namespace {

/// The command to run, or none for what is refused.
std::vector<std::string> command_of(const std::vector<std::string>& test, const std::string& where,
                                    Findings& findings) {
  if (test.empty()) {
    findings.refuse(where + ".command", "is required");
    return {};
  }
  if (test[0] != "CMD" && test[0] != "CMD-SHELL") {
    findings.refuse(where + ".command[0]", test[0], "must be CMD, CMD-SHELL or NONE");
    return {};
  }
  if (test.size() == 1) {
    findings.refuse(where + ".command", "has nothing to run after " + test[0]);
    return {};
  }
  std::vector<std::string> command(test.begin() + 1, test.end());
  if (test[0] == "CMD-SHELL") command.insert(command.begin(), {"/bin/sh", "-c"});
  return command;
}

/// Nanoseconds as milliseconds, at least one; leaves the default for 0.
/// source: Docker refuses what is negative or below one millisecond.
void set_duration(JsonReader& in, const char* member, const std::string& field,
                  std::chrono::milliseconds& duration, Findings& findings) {
  const std::int64_t nanoseconds = in.integer(member);
  if (nanoseconds == 0) return;
  if (nanoseconds < 1'000'000) {
    findings.refuse(field, std::to_string(nanoseconds) + "ns must not be less than 1ms");
    return;
  }
  // A check less often than once a year is a mistake, and its times would overflow.
  constexpr std::int64_t kMostSeconds = 365 * 24 * 3600;
  if (nanoseconds / 1'000'000'000 > kMostSeconds) {
    findings.refuse(field, std::to_string(nanoseconds / 1'000'000'000) + "s must not be above " +
                               std::to_string(kMostSeconds) + "s");
    return;
  }
  duration = std::chrono::milliseconds(nanoseconds / 1'000'000);
}

}  // namespace

std::optional<model::HealthCheck> health_check_of(const Json& check, const std::string& where,
                                                  Findings& findings) {
  const std::string here = where + ".healthCheck";
  JsonReader in(check, here, true);
  model::HealthCheck result;
  const std::vector<std::string> test = in.texts("Test");
  set_duration(in, "Interval", here + ".interval", result.interval, findings);
  set_duration(in, "Timeout", here + ".timeout", result.timeout, findings);
  set_duration(in, "StartPeriod", here + ".startPeriod", result.start_period, findings);
  const std::int64_t retries = in.integer("Retries");
  if (auto bad = in.failed()) {
    findings.refuse_as("DockerClientConfigError: " + bad->message);
    return std::nullopt;
  }
  constexpr std::int64_t kMostRetries = 1'000'000;
  if (retries < 0 || retries > kMostRetries) {
    findings.refuse(here + ".retries",
                    std::to_string(retries) + " must be from 0 to " + std::to_string(kMostRetries));
  } else if (retries > 0) {
    result.retries = static_cast<int>(retries);
  }
  if (!test.empty() && test[0] == "NONE") return result;
  result.command = command_of(test, here, findings);
  if (result.command.empty()) return std::nullopt;
  return result;
}

}  // namespace berth::inbox
