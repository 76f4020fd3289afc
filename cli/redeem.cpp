// redeem.cpp - look first, then ask.
#include "cli/redeem.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "base/http/certificate.hpp"
#include "base/http/client.hpp"

namespace berth::cli {

namespace {

constexpr std::chrono::seconds kLabTakes{20};
constexpr std::size_t kMostOfAnAnswer = 1 << 20;

template <class T>
Result<T> run_to_end(asio::io_context& io, Async<T> work) {
  Result<T> outcome;
  asio::co_spawn(io, detail::quietly(std::move(work)),
                 [&outcome](std::exception_ptr bug, Result<T> result) {
                   if (bug) std::rethrow_exception(bug);
                   outcome = std::move(result);
                 });
  io.run();
  return outcome;
}

}  // namespace

Result<std::string> trusted_certificate(const enrol::Token& token) {
  BERTH_TRY(const http::Url url, http::parse_url(token.url));
  asio::io_context io{1};
  BERTH_TRY(std::string pem,
            run_to_end(io, http::shown_certificate(url, Deadline::after(kLabTakes))));
  BERTH_TRY(const std::string fingerprint, http::fingerprint_of(pem));
  if (fingerprint == token.fingerprint) return pem;
  return Error{Errc::Denied, 0,
               "the certificate of " + token.url + " has the fingerprint " + fingerprint +
                   ", and the token is for " + token.fingerprint +
                   ": another server answers there, or the lab has a new certificate and the token "
                   "is older"};
}

Result<enrol::Grant> redeem(const enrol::Token& token, const std::string& ca_file) {
  BERTH_TRY(http::Url url, http::parse_url(token.url));
  url.path = enrol::kJoinPath;
  http::Request request;
  request.method = "POST";
  request.target = url.target();
  request.headers = {{"Content-Type", "application/json"}, {"Connection", "close"}};
  request.body = enrol::request_body(token.secret);
  asio::io_context io{1};
  http::Client client(http::TlsOptions{ca_file});
  const Deadline by = Deadline::after(kLabTakes);
  BERTH_TRY(const http::Response response,
            run_to_end(io, client.fetch(url, std::move(request), kMostOfAnAnswer, by)));
  if (response.status == 200) {
    auto grant = enrol::read_grant(response.body);
    if (!grant) return Error{Errc::Broken, 0, url.text() + ": " + grant.error().message};
    return grant;
  }
  const std::string why = enrol::read_refusal(response.body);
  if (response.status == 403) return Error{Errc::Denied, 0, token.url + " refuses it: " + why};
  return Error{Errc::Broken, 0,
               url.text() + " answers with status " + std::to_string(response.status) +
                   (why.empty() ? "" : ": " + why)};
}

}  // namespace berth::cli
