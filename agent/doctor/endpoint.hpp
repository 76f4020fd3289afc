// endpoint.hpp - the way to the control plane, hop by hop, up to a signed call.
#pragma once

#include <optional>
#include <string>

#include "agent/doctor/finding.hpp"
#include "aws/call.hpp"
#include "aws/credentials.hpp"
#include "base/clock.hpp"
#include "base/http/hops.hpp"

namespace berth::doctor {

/// How far a request came that nobody signed. Whatever was answered, it was an answer.
struct Reach {
  std::string url;                   ///< as configured
  std::string host;                  ///< of it
  http::Hop at = http::Hop::LookUp;  ///< where it ended; Exchange with an answer
  std::string address{};             ///< tried last
  std::string failure{};             ///< "" when it was answered
  int status = 0;                    ///< of the answer
  std::optional<WallTime> date{};    ///< of the answer
  WallTime came{};                   ///< when, by our clock
};

struct EndpointNeeds {
  http::Url url;
  http::TlsOptions tls;
  const Clock& clock;
};
Async<Reach> reach(EndpointNeeds needs, Deadline by);

/// What a signed call brought, which changes nothing there: DiscoverPollEndpoint.
struct CallNeeds {
  http::Url url;
  http::TlsOptions tls;
  const Clock& clock;
  aws::KeyPlaces places;
  std::string region;
  std::string user_agent;
};
Async<aws::Reply> call_signed(CallNeeds needs, Deadline by);

/// Each hop up to the first that failed; the hops behind it were not tried.
Findings judge_reach(const Reach& reach);

/// Of the hop "auth". reply: of call_signed.
Finding judge_auth(const Result<aws::Reply>& reply);

/// For a way that ended before it.
Finding auth_not_tried();

}  // namespace berth::doctor
