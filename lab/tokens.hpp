// tokens.hpp - join tokens of a lab: made beside the running one, taken by it once.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/dir.hpp"
#include "controlplane/enrol/token.hpp"

namespace berth::lab {

/// Where the lab that has a data directory listens, as it noted itself there.
struct Listening {
  std::string scheme;   ///< "https" or "http"
  std::string address;  ///< as bound: may be "0.0.0.0" or "::"
  std::uint16_t port = 0;
  std::string fingerprint;  ///< of its certificate; "" over http
  bool operator==(const Listening&) const = default;
};

Result<> note_listening(const Dir& folder, const Listening& listening);
/// Before it listens, and when it does no longer. again: yes.
Result<> forget_listening(const Dir& folder);
/// fails:  NotFound (no lab listens with it), Invalid.
Result<Listening> read_listening(const Dir& folder);

/// What a person may say of a token.
struct TokenWish {
  std::string url;  ///< at which nodes reach the lab; "" is where it listens
  std::chrono::seconds ttl{3600};
};

/// Makes a token and notes its secret's digest below `folder`, for the lab to find. Files get the
/// folder's owner, who the lab runs as.
///
/// fails:  NotFound (no lab listens there), Invalid (it listens without TLS), or as Dir.
Result<enrol::Token> make_token(const Dir& folder, const TokenWish& wish, WallTime now);

/// Takes a secret: the first time, and while its token lasts. Noted, synced, before it returns.
///
/// fails:  Denied (no token of this lab, used, expired: the message is for whoever sent it), or as
///         Dir.
Result<> take_secret(const Dir& folder, const std::string& secret, WallTime now);

}  // namespace berth::lab
