// desk.hpp - POST /join: a node comes with a token and goes with keys.
#pragma once

#include <string>

#include "aws/keys.hpp"
#include "base/clock.hpp"
#include "base/dir.hpp"
#include "base/http/message.hpp"

namespace berth::lab {

/// Only of a lab with TLS. Owned by main, outlives the Service.
class Desk {
 public:
  /// folder:       the lab's data.
  /// certificate:  PEM, as it is shown; what nodes are told to trust.
  Desk(const Dir& folder, aws::Keys keys, std::string region, std::string certificate)
      : folder_(folder),
        keys_(std::move(keys)),
        region_(std::move(region)),
        certificate_(std::move(certificate)) {}

  /// Never fails: what goes wrong is in the response.
  http::Response respond(const http::Request& request, WallTime now) const;

 private:
  const Dir& folder_;
  aws::Keys keys_;
  std::string region_;
  std::string certificate_;
};

}  // namespace berth::lab
