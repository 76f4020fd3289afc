// keys.hpp - what a request is signed with, and for whom.
#pragma once

#include <string>

namespace berth::aws {

/// One set of keys. Never logged.
struct Keys {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token{};  ///< "" with long-lived keys
  bool operator==(const Keys&) const = default;
};

/// What a signature is good for.
struct Scope {
  std::string region;   ///< "eu-west-1"
  std::string service;  ///< signing name: "ecs"
  bool operator==(const Scope&) const = default;
};

}  // namespace berth::aws
