// token.hpp - a join token: one word that leads a node to a lab, and lets it in once; pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace berth::enrol {

/// What every token begins with.
inline constexpr std::string_view kTokenPrefix = "berth1-";

struct Token {
  std::string url;          ///< base URL of the lab; https
  std::string fingerprint;  ///< of its certificate: SHA-256 as 64 hex digits in lower case
  std::string secret;       ///< printable, without blanks
  bool operator==(const Token&) const = default;
};

/// "berth1-eyJmIj…": letters, digits, '-' and '_' alone.
std::string token_text(const Token& token);

/// fails:  Invalid (says what is wrong with it; the text is not shown, it may hold a secret).
Result<Token> parse_token(std::string_view text);

}  // namespace berth::enrol
