// sigv4.hpp - AWS Signature Version 4: signing requests, and checking signed ones. Pure.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <variant>

#include "aws/keys.hpp"
#include "base/clock.hpp"
#include "base/http/message.hpp"

namespace berth::aws {

/// The headers that make `request` a signed one: X-Amz-Date, X-Amz-Security-Token (when the keys
/// have one), Authorization. Every header of `request` is signed but User-Agent and those that a
/// hop may change; Host must be among them. A '+' in the query counts as a space, written %20 in
/// what is signed, as the ECS agent's upgrade needs it.
///
/// A websocket upgrade is signed as a GET with an empty body; a frame of the telemetry session as
/// a GET of the upgrade's target with the JSON as its body.
/// source: AWS, "Create a signed AWS API request".
http::Headers sign(const http::Request& request, const Keys& keys, const Scope& scope,
                   WallTime now);

/// Why the service refuses a request, in its own words. source: AWS, "Common errors"; the texts as
/// JSON 1.1 services send them.
struct Refusal {
  int http_status = 400;
  std::string code;  ///< "InvalidSignatureException"
  std::string message;
  bool operator==(const Refusal&) const = default;
};

/// Whose request it is.
struct Verified {
  std::string access_key_id;
  Scope scope;
  WallTime signed_at{};
};

/// The keys that belong to an access key id, if it is known.
using FindKeys = std::function<std::optional<Keys>(const std::string& access_key_id)>;

constexpr std::chrono::minutes kAllowedSkew{5};  // source: AWS, "Signature expired" at 5 min

/// Checks a request as the service does: header present, complete, key known, scope and date right,
/// not older or newer than kAllowedSkew, signature equal.
std::variant<Verified, Refusal> verify(const http::Request& request, const Scope& scope,
                                       const FindKeys& find_keys, WallTime now);

/// The text whose hash is signed, over the named headers (lower case, sorted). For tests and for
/// telling a person why a signature does not match.
std::string canonical_request(const http::Request& request,
                              const std::vector<std::string>& signed_headers);

/// "20150830T123600Z".
std::string amz_date(WallTime time);
std::optional<WallTime> parse_amz_date(std::string_view text);

/// Lower-case hexadecimal SHA-256.
std::string sha256_hex(std::string_view bytes);

}  // namespace berth::aws
