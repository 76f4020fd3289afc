// desk.cpp - the secret is taken before anything is given.
#include "lab/desk.hpp"

#include "base/log.hpp"
#include "controlplane/enrol/exchange.hpp"
#include "lab/tokens.hpp"

namespace berth::lab {

namespace {

http::Response answer(int status, std::string body) {
  http::Response response;
  response.status = status;
  response.headers = {{"Content-Type", "application/json"}};
  response.body = std::move(body);
  return response;
}

}  // namespace

http::Response Desk::respond(const http::Request& request, WallTime now) const {
  if (request.method != "POST")
    return answer(405, enrol::refusal_body("only POST is answered here"));
  const auto secret = enrol::read_request(request.body);
  if (!secret) return answer(400, enrol::refusal_body(secret.error().message));
  if (const auto taken = take_secret(folder_, *secret, now); !taken) {
    log::warn("token refused", {{"error", taken.error().text()}});
    const bool is_denied = taken.failed_with(Errc::Denied);
    return answer(is_denied ? 403 : 500,
                  enrol::refusal_body(is_denied ? taken.error().message
                                                : "the lab could not look its tokens up"));
  }
  log::info("token taken");
  return answer(200, enrol::grant_body(
                         {region_, keys_.access_key_id, keys_.secret_access_key, certificate_}));
}

}  // namespace berth::lab
