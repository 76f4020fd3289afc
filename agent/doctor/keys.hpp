// keys.hpp - the node's credentials: where they were found, how old they are, until when they hold.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agent/doctor/finding.hpp"
#include "aws/credentials.hpp"
#include "base/clock.hpp"

namespace berth::doctor {

/// What is known of them. No secret is in here.
struct KeyFacts {
  std::string failure{};        ///< why there are none
  bool is_environment = false;  ///< else they are in the file
  std::string file{};
  std::string profile{};
  bool is_temporary = false;          ///< they have a session token
  std::optional<WallTime> written{};  ///< the file
  std::optional<WallTime> expires{};  ///< as the file says
  unsigned mode = 0;                  ///< of the file: 0600
};

/// Reads the file.
KeyFacts look_at_keys(const aws::KeyPlaces& places);

Findings judge_keys(const KeyFacts& facts, WallTime now);

/// When the keys of a profile end, as tools that fetch temporary ones note it beside them
/// (expiration, x_security_token_expires, aws_expiration); nullopt when nobody said.
std::optional<WallTime> expiry_in(std::string_view text, std::string_view profile);

/// "2026-01-02T03:04:05Z", with or without a fraction; UTC alone.
std::optional<WallTime> parse_iso8601(const std::string& text);

}  // namespace berth::doctor
