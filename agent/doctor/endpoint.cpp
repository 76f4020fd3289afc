// endpoint.cpp - a bare request, then a signed one; the first hop that fails is named.
#include "agent/doctor/endpoint.hpp"

#include "controlplane/client/ecs.hpp"

namespace berth::doctor {

namespace {

using http::Hop;

constexpr const char* kEndpoint = "endpoint";
constexpr const char* kAuth = "auth";
constexpr std::size_t kMostBytes = 1 << 20;
constexpr const char* kOperation = "DiscoverPollEndpoint";

constexpr Hop kHops[] = {Hop::LookUp, Hop::Connect, Hop::Tls, Hop::Exchange};

const char* name_of(Hop hop) {
  switch (hop) {
    case Hop::LookUp: return "DNS";
    case Hop::Connect: return "TCP";
    case Hop::Tls: return "TLS";
    case Hop::Exchange: return "HTTP";
  }
  return "HTTP";
}

std::string passed_text(Hop hop, const Reach& reach) {
  switch (hop) {
    case Hop::LookUp:
      return reach.host == reach.address ? reach.host + " is an address"
                                         : reach.host + " is " + reach.address;
    case Hop::Connect: return reach.address + " accepts connections";
    case Hop::Tls: return "the certificate of " + reach.host + " is trusted";
    case Hop::Exchange: break;
  }
  return reach.url + " answers with status " + std::to_string(reach.status);
}

std::string cure_for(Hop hop, const Reach& reach) {
  switch (hop) {
    case Hop::LookUp:
      return "see that the servers of /etc/resolv.conf answer (getent hosts " + reach.host +
             ") and that ECS_BACKEND_HOST or AWS_DEFAULT_REGION is spelt right";
    case Hop::Connect:
      return "see that " + reach.url +
             " is up and that no firewall on the way drops what goes there";
    case Hop::Tls:
      return "name the authority that signed its certificate in AWS_CA_BUNDLE; without that "
             "setting "
             "install ca-certificates; see that the clock is right";
    case Hop::Exchange: break;
  }
  return "see that an ECS control plane listens at " + reach.url +
         ", and whether https:// or http:// is right";
}

bool uses(Hop hop, const Reach& reach) {
  return hop != Hop::Tls || reach.url.starts_with("https:");
}

std::optional<WallTime> date_of(const http::Response& response) {
  const auto header = http::find_header(response.headers, "Date");
  if (!header) return std::nullopt;
  const auto time = http::parse_http_date(*header);
  if (!time) return std::nullopt;
  return std::chrono::time_point_cast<std::chrono::milliseconds>(*time);
}

}  // namespace

Async<Reach> reach(EndpointNeeds needs, Deadline by) {
  Reach result;
  result.url = needs.url.text();
  result.host = needs.url.host;
  http::Request request;
  request.headers = {{"Connection", "close"}};
  request.target = needs.url.target();
  auto way = std::make_shared<http::Way>();
  Result<http::Response> response = co_await http::fetch_along(
      std::move(needs.url), std::move(needs.tls), std::move(request), kMostBytes, way, by);
  result.at = way->at;
  result.address = way->address;
  result.came = needs.clock.wall();
  if (!response) {
    result.failure = response.error().message;
    co_return result;
  }
  result.status = response->status;
  result.date = date_of(*response);
  co_return result;
}

Async<aws::Reply> call_signed(CallNeeds needs, Deadline by) {
  http::Client client(needs.tls);
  aws::Credentials credentials(needs.places);
  aws::Scope scope{needs.region, std::string(client::kEcsSigningName)};
  aws::Signer signer(credentials, needs.clock, std::move(scope));
  aws::Caller caller(client, signer, client::ecs_endpoint(needs.url, needs.user_agent));
  Result<aws::Reply> reply = co_await caller.call(kOperation, "{}", by);
  co_return reply;
}

Findings judge_reach(const Reach& reach) {
  Findings findings;
  for (const Hop hop : kHops) {
    if (!uses(hop, reach)) continue;
    const bool is_skipped = hop < reach.at && reach.address.empty();
    if (hop > reach.at || is_skipped) {
      findings.push_back(unknown(kEndpoint, name_of(hop), "not tried"));
    } else if (hop == reach.at && !reach.failure.empty()) {
      findings.push_back(failed(kEndpoint, name_of(hop), reach.failure, cure_for(hop, reach)));
    } else {
      findings.push_back(fine(kEndpoint, name_of(hop), passed_text(hop, reach)));
    }
  }
  return findings;
}

Finding judge_auth(const Result<aws::Reply>& reply) {
  if (!reply) {
    const bool has_no_keys = reply.failed_with(Errc::Denied);
    return failed(kEndpoint, kAuth, reply.error().message,
                  has_no_keys ? "give the node keys: see the findings on credentials"
                              : "try again; when it stays, see the log of the control plane");
  }
  if (!reply->error) return fine(kEndpoint, kAuth, std::string(kOperation) + " is answered");
  switch (client::error_for(*reply->error, kOperation).code) {
    case Errc::Denied:
      return failed(kEndpoint, kAuth, reply->error->text(),
                    "give the node keys that are in force and may call ecs:DiscoverPollEndpoint, "
                    "ecs:RegisterContainerInstance, ecs:Poll, ecs:StartTelemetrySession and "
                    "ecs:Submit*; see that AWS_DEFAULT_REGION is the endpoint's region");
    case Errc::Unavailable:
      return warned(kEndpoint, kAuth, reply->error->text(), "try again later");
    default: return fine(kEndpoint, kAuth, "the signature is taken (" + reply->error->text() + ")");
  }
}

Finding auth_not_tried() {
  return unknown(kEndpoint, kAuth, "not tried");
}

}  // namespace berth::doctor
