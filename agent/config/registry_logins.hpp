// registry_logins.hpp - the logins of registries that ECS_ENGINE_AUTH_DATA holds; pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace berth::config {

/// The text of the file that berth-pull reads its credentials from (`--auth-file`); "" when `data`
/// is empty or holds none. It is a secret.
///
/// type:   ECS_ENGINE_AUTH_TYPE: "docker", data {"host": {"username": .., "password": ..}}, or
///         "dockercfg", data {"host": {"auth": base64("user:password")}}, also below "auths".
/// fails:  Invalid (another type, not such JSON); the message names members, never a value.
/// source: reference task model, section 9.
Result<std::string> registry_logins(std::string_view type, std::string_view data);

}  // namespace berth::config
