// preflight.hpp - what berthd --doctor found, judged by whoever wants to join; pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace berth::cli {

/// One check. Its members: docs/formats/doctor.md.
struct CheckResult {
  std::string area;
  std::string what;
  std::string verdict;
  std::string reason;
  std::string cure;
};

/// fails:  Invalid (not what berthd --doctor --json prints).
Result<std::vector<CheckResult>> read_checks(std::string_view json);

/// What is known at the time.
enum class Stage : std::uint8_t {
  WithoutKeys,  ///< the node's keys are yet to come: what is said of them is passed over
  All,
};

/// Fails where the node could not join: an error in the way to the control plane (DNS, TCP, TLS,
/// HTTP, auth), clock, containerd, cgroups, settings, keys, privileges, or another agent. Whatever
/// else is wrong keeps a kind of task from running, and no node from joining.
///
/// fails:  Unavailable (the message names each such check with its reason and its cure).
Result<> judge_for_join(const std::vector<CheckResult>& checks, Stage stage);

/// "45 checks: 44 ok, 1 warning (berth doctor shows them)".
std::string summary_of(const std::vector<CheckResult>& checks);

}  // namespace berth::cli
