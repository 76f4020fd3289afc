// registry.cpp - the registry API: questions, answers, and who to ask next.
#include "images/registry.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/backoff.hpp"
#include "base/text.hpp"
#include "images/oci/digest.hpp"
#include "images/registry_error.hpp"

namespace berth::images {

namespace {

constexpr int kTries = 3;
constexpr BackoffPolicy kBetweenTries{std::chrono::milliseconds(200),
                                      std::chrono::milliseconds(5'000), 2.0, 0.2};
constexpr int kMaxRedirects = 10;
constexpr std::size_t kMaxManifestBytes = 4 << 20;
constexpr std::size_t kMaxErrorBytes = 64 << 10;
constexpr std::size_t kMaxTokenBytes = 64 << 10;

std::string accepted_types() {
  constexpr std::string_view kTypes[] = {oci::kOciManifest, oci::kOciIndex, oci::kDockerManifest,
                                         oci::kDockerIndex};
  return joined(kTypes);
}

std::int64_t number_in(std::string_view text) {
  std::int64_t number = -1;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::string type_of(const http::Headers& headers) {
  const std::string type = http::find_header(headers, "Content-Type").value_or("");
  return type.substr(0, type.find(';'));
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

bool same_origin(const std::string& a, const std::string& b) {
  const auto left = http::parse_url(a);
  const auto right = http::parse_url(b);
  return left && right && left->scheme == right->scheme && left->host == right->host &&
         left->port == right->port;
}

Async<> pause(std::chrono::milliseconds wait, Deadline by) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  timer.expires_at(earlier(by, Deadline::after(wait)).at);
  auto [code] = co_await timer.async_wait(use_result);
  if (code) co_return Error{Errc::Cancelled, 0, "cancelled between two tries"};
  co_return ok();
}

Async<std::string> read_all(Transfer transfer, std::string url, std::size_t limit, Deadline by) {
  std::string text;
  while (true) {
    Result<std::string> piece = co_await transfer.read(by);
    if (!piece) co_return std::move(piece).error();
    if (piece->empty()) co_return text;
    text += *piece;
    if (text.size() > limit) {
      co_return Error{Errc::Broken, 0,
                      "answer longer than " + std::to_string(limit) + " bytes (" + url + ")"};
    }
  }
}

/// Basic or bearer, bearer before basic.
std::optional<Challenge> choose_challenge(const http::Headers& headers) {
  std::optional<Challenge> chosen;
  for (const auto& [name, value] : headers) {
    if (name.size() != 16 || !http::find_header({{name, value}}, "WWW-Authenticate")) continue;
    for (Challenge& challenge : parse_challenges(value)) {
      if (challenge.scheme == "bearer") return std::move(challenge);
      if (challenge.scheme == "basic") chosen = std::move(challenge);
    }
  }
  return chosen;
}

}  // namespace

/// What is asked of an endpoint.
struct Registry::Question {
  std::string method = "GET";
  std::string path;  ///< below "<root>/<repository>": "/manifests/latest"
  http::Headers headers;
  bool is_tag = false;  ///< asks what a tag means, so only those who may resolve are asked
};

/// Its answer: status and headers are there, the body is on its way.
struct Registry::Answer {
  Transfer transfer;
  Head head;
  std::string url;  ///< the last one, after redirects
};

Registry::Registry(Http& http, oci::Reference reference, std::vector<Endpoint> endpoints,
                   AuthFile auth)
    : http_(http),
      reference_(std::move(reference)),
      endpoints_(std::move(endpoints)),
      auth_(std::move(auth)) {}

Async<Resolved> Registry::resolve(Deadline by) {
  const bool is_tag = reference_.digest.empty();
  Question question{"HEAD", "/manifests/" + reference_.selector(), {}, is_tag};
  question.headers.emplace_back("Accept", accepted_types());
  // One round only: a refusal of a HEAD has no body with the registry's words, and some registries
  // know no HEAD. What fails here is asked again by GET.
  Result<Answer> answer = co_await ask_each(question, by);
  if (answer) {
    const http::Headers& headers = answer->head.headers;
    const auto digest = http::find_header(headers, "Docker-Content-Digest");
    if (digest && oci::check_digest(*digest) && (is_tag || *digest == reference_.digest)) {
      co_return Resolved{*digest, type_of(headers), ""};
    }
  }
  if (answer.failed_with(Errc::Cancelled)) co_return std::move(answer).error();
  question.method = "GET";
  answer = co_await ask(std::move(question), by);
  if (!answer) co_return std::move(answer).error();
  Resolved resolved;
  resolved.media_type = type_of(answer->head.headers);
  const std::string url = answer->url;
  Result<std::string> text =
      co_await read_all(std::move(answer->transfer), url, kMaxManifestBytes, by);
  if (!text) co_return std::move(text).error();
  resolved.text = *std::move(text);
  resolved.digest = oci::digest_of(resolved.text);
  if (!is_tag && resolved.digest != reference_.digest) {
    co_return Error{
        Errc::Broken, 0,
        "manifest is " + resolved.digest + " instead of " + reference_.digest + " (" + url + ")"};
  }
  co_return resolved;
}

Async<std::string> Registry::manifest(std::string digest, Deadline by) {
  Question question{"GET", "/manifests/" + digest, {}, false};
  question.headers.emplace_back("Accept", accepted_types());
  Result<Answer> answer = co_await ask(std::move(question), by);
  if (!answer) co_return std::move(answer).error();
  const std::string url = answer->url;
  Result<std::string> text =
      co_await read_all(std::move(answer->transfer), url, kMaxManifestBytes, by);
  if (!text) co_return std::move(text).error();
  if (const std::string is = oci::digest_of(*text); is != digest) {
    co_return Error{Errc::Broken, 0,
                    "manifest is " + is + " instead of " + digest + " (" + url + ")"};
  }
  co_return text;
}

Async<OpenBlob> Registry::open_blob(std::string digest, std::int64_t offset, Deadline by) {
  Question question{"GET", "/blobs/" + digest, {}, false};
  if (offset > 0) {
    question.headers.emplace_back("Range", "bytes=" + std::to_string(offset) + "-");
  }
  Result<Answer> answer = co_await ask_each(std::move(question), by);
  if (!answer) co_return std::move(answer).error();
  std::int64_t begins = 0;
  if (answer->head.status == 206) {
    const auto range = http::find_header(answer->head.headers, "Content-Range").value_or("");
    begins = range.starts_with("bytes ") ? number_in(std::string_view(range).substr(6)) : -1;
  }
  if (begins < 0 || begins > offset) {
    co_return Error{Errc::Broken, 0,
                    "asked for byte " + std::to_string(offset) + ", the answer begins elsewhere (" +
                        answer->url + ")"};
  }
  co_return OpenBlob{std::move(answer->transfer), std::move(answer->url), begins};
}

/// As ask_each, a few times when the fault may pass.
Async<Registry::Answer> Registry::ask(Question question, Deadline by) {
  Backoff backoff(kBetweenTries);
  for (int attempt = 1;; ++attempt) {
    Result<Answer> answer = co_await ask_each(question, by);
    const bool may_pass =
        answer.failed_with(Errc::Unavailable) || answer.failed_with(Errc::Exhausted);
    if (!may_pass || attempt == kTries || by.has_passed()) co_return answer;
    Result<> waited = co_await pause(backoff.next(random_), by);
    if (!waited) co_return std::move(waited).error();
  }
}

/// The first endpoint's answer that is one. When none is, the registry's own refusal is told, with
/// what its mirrors said behind it.
Async<Registry::Answer> Registry::ask_each(Question question, Deadline by) {
  std::string mirrors;
  std::optional<Error> last;
  for (const Endpoint& endpoint : endpoints_) {
    if (question.is_tag ? !endpoint.may_resolve : !endpoint.may_pull) continue;
    if (last) mirrors += "; before that " + last->message;
    Result<Answer> answer = co_await ask_one(endpoint, question, by);
    if (answer) co_return answer;
    if (answer.failed_with(Errc::Cancelled)) co_return answer;
    last = std::move(answer).error();
  }
  if (!last) {
    co_return Error{
        Errc::Invalid, 0,
        std::string("hosts.toml names no host that may ") + (question.is_tag ? "resolve" : "pull")};
  }
  last->message += mirrors;
  co_return *std::move(last);
}

Async<Registry::Answer> Registry::ask_one(Endpoint endpoint, Question question, Deadline by) {
  Ask plain{question.method,   endpoint.root + "/" + reference_.path + question.path,
            question.headers,  endpoint.skip_verify,
            endpoint.ca_files, endpoint.client};
  if (endpoint.is_mirror) plain.url += "?ns=" + http::percent_encode(reference_.domain);
  plain.headers.insert(plain.headers.end(), endpoint.headers.begin(), endpoint.headers.end());
  bool is_authorized = false;
  while (true) {
    Ask now = plain;
    const auto known = authorizations_.find(endpoint.root);
    if (known != authorizations_.end()) now.headers.emplace_back("Authorization", known->second);
    Result<Answer> answer = co_await follow(std::move(now), by);
    if (!answer || answer->head.status / 100 == 2) co_return answer;
    if (answer->head.status == 401 && !is_authorized) {
      // Also when a token was sent: it may have ended by now.
      is_authorized = true;
      Result<std::string> authorization = co_await authorize(endpoint, *std::move(answer), by);
      if (!authorization) co_return std::move(authorization).error();
      authorizations_[endpoint.root] = *std::move(authorization);
      continue;
    }
    const int status = answer->head.status;
    const std::string url = answer->url;
    Result<std::string> body =
        co_await read_all(std::move(answer->transfer), url, kMaxErrorBytes, by);
    if (body.failed_with(Errc::Cancelled)) co_return std::move(body).error();
    co_return http_error(status, std::move(body).value_or(""), url);
  }
}

/// Follows redirects. What was meant for one host alone does not go along to another.
Async<Registry::Answer> Registry::follow(Ask ask, Deadline by) {
  for (int hop = 0; hop <= kMaxRedirects; ++hop) {
    Transfer transfer = http_.start(ask);
    Result<Head> head = co_await transfer.head(by);
    if (!head) co_return std::move(head).error();
    const auto location = http::find_header(head->headers, "Location");
    if (!is_redirect(head->status) || !location) {
      co_return Answer{std::move(transfer), *std::move(head), ask.url};
    }
    BERTH_CO_TRY(std::string target, redirect_target(ask.url, *location));
    if (!same_origin(ask.url, target)) {
      std::erase_if(ask.headers, [](const auto& header) {
        return header.first != "Accept" && header.first != "Range";
      });
      ask.client.clear();
    }
    ask.url = std::move(target);
  }
  co_return Error{Errc::Broken, 0, "redirected more than 10 times (" + ask.url + ")"};
}

/// The value of the Authorization header that answers a 401.
Async<std::string> Registry::authorize(Endpoint endpoint, Answer refused, Deadline by) {
  const std::optional<Challenge> challenge = choose_challenge(refused.head.headers);
  const auto credentials = auth_.find(endpoint.host, reference_.path);
  if (challenge && challenge->scheme == "bearer") {
    const std::string scope = "repository:" + reference_.path + ":pull";
    auto url = token_url(*challenge, scope, endpoint.root.starts_with("https://"));
    if (!url) co_return std::move(url).error().while_doing(endpoint.host);
    Result<std::string> token = co_await fetch_token(endpoint, *std::move(url), by);
    if (!token) co_return std::move(token).error();
    co_return "Bearer " + *token;
  }
  if (challenge && credentials) co_return basic_authorization(*credentials);
  Result<std::string> body =
      co_await read_all(std::move(refused.transfer), refused.url, kMaxErrorBytes, by);
  Error error = http_error(401, std::move(body).value_or(""), refused.url);
  if (challenge) error.message += "; there are no credentials for " + endpoint.host;
  co_return error;
}

Async<std::string> Registry::fetch_token(Endpoint endpoint, std::string url, Deadline by) {
  Ask ask{"GET", url, {}, endpoint.skip_verify, endpoint.ca_files, endpoint.client};
  if (const auto credentials = auth_.find(endpoint.host, reference_.path)) {
    ask.headers.emplace_back("Authorization", basic_authorization(*credentials));
  }
  Result<Answer> answer = co_await follow(std::move(ask), by);
  if (!answer) co_return std::move(answer).error().while_doing("fetch a token");
  const int status = answer->head.status;
  Result<std::string> body =
      co_await read_all(std::move(answer->transfer), url, kMaxTokenBytes, by);
  if (!body) co_return std::move(body).error().while_doing("fetch a token");
  if (status / 100 != 2) co_return http_error(status, *body, url).while_doing("fetch a token");
  co_return parse_token(*body);
}

}  // namespace berth::images
