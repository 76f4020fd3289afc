// exchange.hpp - POST /join: a token's secret for what a node needs; pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace berth::enrol {

inline constexpr std::string_view kJoinPath = "/join";

/// What the lab gives. Holds secrets: never logged.
struct Grant {
  std::string region;         ///< of the lab's names and signatures
  std::string access_key_id;  ///< the node's keys
  std::string secret_access_key;
  std::string certificate;  ///< PEM: what to trust from now on
  bool operator==(const Grant&) const = default;
};

std::string request_body(const std::string& secret);
/// The secret. fails: Invalid.
Result<std::string> read_request(std::string_view body);

std::string grant_body(const Grant& grant);
/// fails:  Invalid (names the member that is missing).
Result<Grant> read_grant(std::string_view body);

std::string refusal_body(const std::string& why);
/// Why the lab refused; "" when it did not say.
std::string read_refusal(std::string_view body);

}  // namespace berth::enrol
