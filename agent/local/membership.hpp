// membership.hpp - what this node is to its cluster: as berthd lives it, and as its state on disk
// says.
//
//   GET /v1/membership?wait=SECONDS   MembershipView: at once, or when it is connected; after
//                                     SECONDS (at most 600) as it is then
//   berthd --membership               StateView on standard output
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace berth::local {

struct MembershipView {
  std::string cluster;             ///< as configured
  std::string container_instance;  ///< ARN; "" before it is registered
  /// "ACTIVE", "DRAINING", "REGISTERING": asked for while connected; as the registration was
  /// answered where berthd's keys may not ask.
  std::string status;
  bool connected = false;  ///< the task session is up
  std::string last_error;  ///< of berthd, since it started; "" when there was none
  bool operator==(const MembershipView&) const = default;
};

struct StateView {
  std::string cluster;             ///< that the state belongs to; "" when there is none
  std::string container_instance;  ///< ARN; "" when it is registered nowhere
  std::string backend;             ///< base URL of the control plane, as configured now
  std::int64_t tasks = 0;          ///< that have not stopped, as far as the state knows
  bool is_there = false;           ///< there is a state, be it of no cluster
  bool operator==(const StateView&) const = default;
};

inline constexpr std::string_view kMembershipPath = "/v1/membership";
inline constexpr std::chrono::seconds kLongestWait{600};

std::string to_json(const MembershipView& membership);
std::string to_json(const StateView& state);
/// Reading fails: Invalid (names the member).
Result<MembershipView> read_membership(std::string_view body);
Result<StateView> read_state(std::string_view body);

/// SECONDS of a target such as "/v1/membership?wait=60"; 0 when it has none.
/// fails:  Invalid (no number of seconds up to kLongestWait).
Result<std::chrono::seconds> wait_in(const std::string& target);

}  // namespace berth::local
