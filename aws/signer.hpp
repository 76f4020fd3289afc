// signer.hpp - the node's keys, its clock and its scope, as one thing that signs.
#pragma once

#include "aws/credentials.hpp"
#include "aws/sigv4.hpp"
#include "base/clock.hpp"

namespace berth::aws {

/// Signs with the keys of this moment and the service's time, as far as it is known. Shared by all
/// that talks to one service; loop thread. What it refers to outlives it.
class Signer {
 public:
  Signer(Credentials& credentials, const Clock& clock, Scope scope)
      : credentials_(credentials), clock_(clock), scope_(std::move(scope)) {}

  /// fails:  Denied (no keys).
  Result<http::Headers> sign(const http::Request& request);

  /// Takes the service's time from its answer's Date header.
  ///
  /// returns: true when our clock was so far off (4 min) that a refused request is worth repeating.
  bool learn_time(const http::Headers& answer);

 private:
  Credentials& credentials_;
  const Clock& clock_;
  Scope scope_;
  std::chrono::milliseconds offset_{0};  ///< the service's time minus ours
};

}  // namespace berth::aws
