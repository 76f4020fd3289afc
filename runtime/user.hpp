// user.hpp - who a container runs as: names looked up in the image's own user database; pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace berth::runtime {

/// source: OCI runtime-spec, config.md, "user".
struct User {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::vector<std::uint32_t> additional_gids;
  bool operator==(const User&) const = default;
};

/// What an image says about its users: the text of /etc/passwd and /etc/group, "" where absent.
struct UserDatabase {
  std::string passwd;
  std::string group;
  bool operator==(const UserDatabase&) const = default;
};

/// The user a container asks for, by Docker's rules: a name must be in passwd, a number need not
/// be; without a group it is the user's own from passwd (else 0), and the groups that list the
/// user come along; with a group there are no others.
///
/// wanted:  "", "name", "uid", "name:group", "uid:gid", ...; "" is root.
/// fails:   Invalid (no such user or group in the image, number out of range).
Result<User> resolve_user(std::string_view wanted, const UserDatabase& database);

}  // namespace berth::runtime
