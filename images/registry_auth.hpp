// registry_auth.hpp - credentials for a registry, and what it asks for them; pure but for the file.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace berth::images {

struct Credentials {
  std::string user;
  std::string password;
  bool operator==(const Credentials&) const = default;
};

/// Credentials by registry, as `docker login` keeps them.
class AuthFile {
 public:
  /// No credentials at all.
  AuthFile() = default;

  /// text: {"auths": {"host[/path]": {"auth": base64("user:password")} or {"username",
  /// "password"}}} fails:  Invalid (names the member, never its value).
  static Result<AuthFile> parse(std::string_view text);

  /// Those of the longest entry that begins host/path. Docker Hub's entry has its historic name,
  /// "https://index.docker.io/v1/".
  std::optional<Credentials> find(const std::string& host, const std::string& path) const;

 private:
  std::map<std::string, Credentials> by_prefix_;  ///< key without scheme and slash at the end
};

/// What a registry wants to see. source: RFC 7235; distribution, docs/spec/auth/token.md.
struct Challenge {
  std::string scheme;                             ///< lower case: "basic", "bearer"
  std::map<std::string, std::string> parameters;  ///< names in lower case: realm, service, scope
};

/// The challenges of one WWW-Authenticate header; what cannot be read is left out.
std::vector<Challenge> parse_challenges(std::string_view header);

/// Where a bearer token is fetched: the realm with service and scope added.
///
/// scope:  used when the challenge names none: "repository:library/busybox:pull".
/// fails:  Denied (no realm, or a plain-text realm named by a registry on TLS).
Result<std::string> token_url(const Challenge& challenge, const std::string& scope,
                              bool registry_is_tls);

/// The token in a token server's answer. fails: Broken (none in it).
Result<std::string> parse_token(std::string_view body);

/// "Basic <base64>", the value of an Authorization header.
std::string basic_authorization(const Credentials& credentials);

}  // namespace berth::images
