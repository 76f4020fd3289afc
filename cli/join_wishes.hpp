// join_wishes.hpp - what join and leave were told, checked; pure.
#pragma once

#include <chrono>
#include <string>

#include "base/result.hpp"

namespace berth::cli {

/// Options of join and leave. Texts are "" when they were not given.
struct JoinWishes {
  std::string cluster;      ///< --cluster: name or ARN
  std::string endpoint;     ///< --endpoint: of another control plane than Amazon ECS
  std::string region;       ///< --region
  std::string credentials;  ///< --credentials: a file, read again whenever it changes
  std::string ca;           ///< --ca: PEM file of the authorities to trust
  std::string token;        ///< --token: of berth-lab
  bool external = false;    ///< --external: as an ECS Anywhere instance
  std::string timeout;      ///< --timeout: seconds, as given
  bool force = false;       ///< leave --force: also when the control plane cannot be told

  bool operator==(const JoinWishes&) const = default;
};

/// fails:  Invalid (names the option, its value and what is allowed).
Result<> check_join(const JoinWishes& wishes);

/// How long to wait for the connection; 60 s unless they say. They were checked.
std::chrono::seconds patience_of(const JoinWishes& wishes);

/// "https://lab:8180/" of what --endpoint and ECS_BACKEND_HOST take; fails: Invalid.
Result<std::string> endpoint_url(const std::string& endpoint);

}  // namespace berth::cli
