// service.hpp - the lab on the wire: signed calls on POST /, sessions on /acs/ and /tcs/.
#pragma once

#include <string>

#include "aws/keys.hpp"
#include "aws/sigv4.hpp"
#include "base/http/server.hpp"
#include "lab/desk.hpp"
#include "lab/fault.hpp"
#include "lab/lab.hpp"

namespace berth::lab {

/// Checks signatures, answers calls, opens sessions. Owned by main, outlives its server.
class Service {
 public:
  /// tls: only for the addresses that DiscoverPollEndpoint gives out.
  /// desk: where nodes join with a token; nullptr: nobody does.
  Service(Lab& lab, aws::Keys keys, bool tls, const Desk* desk = nullptr)
      : lab_(lab), keys_(std::move(keys)), tls_(tls), desk_(desk) {}

  http::Server::Handlers handlers();

  /// One HTTP request. Never fails: what goes wrong is in the response.
  http::Response respond(const http::Request& request);
  /// nullopt lets the upgrade through.
  std::optional<http::Response> refuse_upgrade(const http::Request& request);
  /// Owns one session until it ends.
  Async<> converse(http::Request request, std::unique_ptr<http::WebSocket> socket, http::Peer peer);

 private:
  /// Why the request is not let in, for that service's name in its signature; nullopt lets it in.
  std::optional<aws::Refusal> refused(const http::Request& request, const char* service) const;
  Reply<> check_signature(const http::Request& request) const;
  std::string base_url(const http::Request& request) const;
  void note_agent(Instance& instance, const http::Request& request, const http::Peer& peer);

  Lab& lab_;
  aws::Keys keys_;
  bool tls_;
  const Desk* desk_;
};

}  // namespace berth::lab
