// http.cpp - one libcurl exchange as a coroutine reads it.
#include "images/http.hpp"

#include <array>
#include <charconv>
#include <utility>

#include "base/dir.hpp"
#include "images/curl_loop.hpp"

namespace berth::images {

namespace {

constexpr std::size_t kPieceBytes = 1 << 20;  // one content.Write message
// A piece is given out once it has this size or this age: few messages on a fast network, a moving
// counter on a slow one.
constexpr std::size_t kWorthwhileBytes = 512 << 10;
constexpr std::chrono::milliseconds kWorthwhileAge{100};
constexpr std::size_t kMaxHeadBytes = 64 << 10;
constexpr long kConnectTimeoutMs = 15'000;
constexpr long kReceiveBufferBytes = 256 << 10;
constexpr const char* kSystemBundle = "/etc/ssl/certs/ca-certificates.crt";

bool is_on_loopback(const std::string& text) {
  const auto url = http::parse_url(text);
  return url && (url->host == "localhost" || url->host == "::1" || url->host.starts_with("127."));
}

/// libcurl's outcome as an Error; the one place where it is translated.
Error curl_error(CURLcode code, const std::string& words, const std::string& url) {
  std::string message = words.empty() ? curl_easy_strerror(code) : words;
  message += " (" + url + ")";
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR: return {Errc::Denied, 0, std::move(message)};
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT: return {Errc::Invalid, 0, std::move(message)};
    case CURLE_OUT_OF_MEMORY: return {Errc::Exhausted, 0, std::move(message)};
    case CURLE_WEIRD_SERVER_REPLY: return {Errc::Broken, 0, std::move(message)};
    default: return {Errc::Unavailable, 0, std::move(message)};
  }
}

/// The system's authorities and the given files as one PEM text.
Result<std::string> authorities(const std::vector<std::string>& files) {
  std::string pem = read_file(kSystemBundle, 8 << 20).value_or("");
  for (const std::string& file : files) {
    auto text = read_file(file);
    if (!text) return Error{Errc::Invalid, 0, "ca " + std::move(text).error().message};
    if (text->find("-----BEGIN") == std::string::npos) {
      return Error{Errc::Invalid, 0, "ca " + file + ": holds no PEM certificate"};
    }
    pem += "\n" + *text;
  }
  return pem;
}

}  // namespace

struct Http::Engine {
  Engine(asio::any_io_executor executor, std::chrono::milliseconds s)
      : loop(executor), silence(s) {}

  CurlLoop loop;
  std::chrono::milliseconds silence;
  std::uint64_t received = 0;
};

struct Transfer::State {
  State(std::shared_ptr<Http::Engine> e, std::string u)
      : engine(std::move(e)), url(std::move(u)), changed(engine->loop.executor()) {}
  ~State() {
    if (easy != nullptr) {
      if (running) engine->loop.remove(easy);
      curl_easy_cleanup(easy);
    }
    curl_slist_free_all(header_lines);
  }

  static std::size_t on_header(char* text, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* text, std::size_t size, std::size_t count, void* self);
  void set_tls(const Ask& ask);
  void start(const Ask& ask);
  void end(CURLcode code);

  std::shared_ptr<Http::Engine> engine;
  std::string url;
  CURL* easy = nullptr;
  curl_slist* header_lines = nullptr;
  std::array<char, CURL_ERROR_SIZE> words{};
  Head head;
  std::size_t head_bytes = 0;
  bool has_head = false;
  std::string buffer;
  bool paused = false;
  bool running = false;
  std::optional<Error> failed;
  std::string authorities_pem;
  asio::steady_timer changed;  ///< cancelled whenever something came
};

std::size_t Transfer::State::on_header(char* text, std::size_t size, std::size_t count,
                                       void* self) {
  State& state = *static_cast<State*>(self);
  std::string_view line(text, size * count);
  state.head_bytes += line.size();
  if (state.head_bytes > kMaxHeadBytes) return 0;
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  if (line.starts_with("HTTP/")) {
    state.head = {};  // an interim answer (100) came before
    const std::size_t space = std::min(line.find(' '), line.size() - 1);
    std::from_chars(line.data() + space + 1, line.data() + line.size(), state.head.status);
  } else if (line.empty()) {
    state.has_head = state.head.status >= 200;
    state.changed.cancel();
  } else if (const std::size_t colon = line.find(':'); colon != line.npos) {
    std::string_view value = line.substr(colon + 1);
    value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
    state.head.headers.emplace_back(line.substr(0, colon), value);
  }
  return size * count;
}

std::size_t Transfer::State::on_body(char* text, std::size_t size, std::size_t count, void* self) {
  State& state = *static_cast<State*>(self);
  const std::size_t bytes = size * count;
  if (state.buffer.size() + bytes > kPieceBytes && !state.buffer.empty()) {
    state.paused = true;
    state.changed.cancel();
    return CURL_WRITEFUNC_PAUSE;
  }
  state.buffer.append(text, bytes);
  state.engine->received += bytes;
  state.changed.cancel();
  return bytes;
}

void Transfer::State::set_tls(const Ask& ask) {
  if (ask.skip_verify) {
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
  }
  if (!ask.ca_files.empty()) {
    auto pem = authorities(ask.ca_files);
    if (!pem) {
      failed = std::move(pem).error();
      return;
    }
    authorities_pem = *std::move(pem);
    curl_blob blob{authorities_pem.data(), authorities_pem.size(), CURL_BLOB_NOCOPY};
    curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &blob);
  }
  if (!ask.client.empty()) {
    const ClientPair& pair = ask.client.front();
    curl_easy_setopt(easy, CURLOPT_SSLCERT, pair.certificate.c_str());
    curl_easy_setopt(easy, CURLOPT_SSLKEY,
                     (pair.key.empty() ? pair.certificate : pair.key).c_str());
  }
}

void Transfer::State::start(const Ask& ask) {
  easy = curl_easy_init();
  curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  // HTTP/2 would buffer a paused download up to its window of many megabytes.
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, kConnectTimeoutMs);
  curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, kReceiveBufferBytes);
  curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "berth");
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, words.data());
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &State::on_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &State::on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
  // A proxy cannot reach our loopback, whatever the environment says of it.
  if (is_on_loopback(url)) curl_easy_setopt(easy, CURLOPT_PROXY, "");
  if (ask.method == "HEAD") curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  for (const auto& [name, value] : ask.headers) {
    header_lines = curl_slist_append(header_lines, (name + ": " + value).c_str());
  }
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, header_lines);
  set_tls(ask);
  if (failed) return;
  running = true;
  engine->loop.add(easy, [this](CURLcode code) { end(code); });
}

void Transfer::State::end(CURLcode code) {
  running = false;
  if (code != CURLE_OK) failed = curl_error(code, words.data(), url);
  changed.cancel();
}

Transfer::Transfer(std::shared_ptr<State> state) : state_(std::move(state)) {}
Transfer::Transfer(Transfer&&) noexcept = default;
Transfer& Transfer::operator=(Transfer&&) noexcept = default;
Transfer::~Transfer() = default;

Async<> Transfer::wait(Deadline by) {
  const std::shared_ptr<State> state = state_;
  state->changed.expires_at(by.at);
  co_await state->changed.async_wait(use_result);
  const asio::cancellation_state cancellation = co_await asio::this_coro::cancellation_state;
  if (cancellation.cancelled() != asio::cancellation_type::none) {
    co_return Error{Errc::Cancelled, 0, state->url + ": cancelled"};
  }
  co_return ok();
}

Async<Head> Transfer::head(Deadline by) {
  const std::shared_ptr<State> state = state_;
  const Deadline quiet = earlier(by, Deadline::after(state->engine->silence));
  while (!state->has_head) {
    if (state->failed) co_return *state->failed;
    if (!state->running) co_return Error{Errc::Broken, 0, "no HTTP answer (" + state->url + ")"};
    if (quiet.has_passed()) {
      co_return Error{Errc::TimedOut, 0, "no answer in time (" + state->url + ")"};
    }
    Result<> waited = co_await wait(quiet);
    if (!waited) co_return std::move(waited).error();
  }
  co_return state->head;
}

Async<std::string> Transfer::read(Deadline by) {
  const std::shared_ptr<State> state = state_;
  Deadline quiet = earlier(by, Deadline::after(state->engine->silence));
  bool aging = false;
  while (state->running && !state->paused && state->buffer.size() < kWorthwhileBytes) {
    if (!state->buffer.empty() && !aging) {
      aging = true;
      quiet = earlier(quiet, Deadline::after(kWorthwhileAge));
    }
    if (quiet.has_passed()) {
      if (!state->buffer.empty()) break;
      co_return Error{Errc::TimedOut, 0, "nothing more came in time (" + state->url + ")"};
    }
    Result<> waited = co_await wait(quiet);
    if (!waited) co_return std::move(waited).error();
  }
  if (state->buffer.empty() && state->failed) co_return *state->failed;
  std::string piece = std::exchange(state->buffer, {});
  if (state->paused) {
    state->paused = false;
    curl_easy_pause(state->easy, CURLPAUSE_CONT);
  }
  co_return piece;
}

Http::Http(asio::any_io_executor executor, std::chrono::milliseconds silence)
    : engine_(std::make_shared<Engine>(executor, silence)) {}
Http::~Http() = default;

Transfer Http::start(const Ask& ask) {
  auto state = std::make_shared<Transfer::State>(engine_, ask.url);
  state->start(ask);
  return Transfer(std::move(state));
}

Async<http::Response> Http::fetch(Ask ask, std::size_t limit, Deadline by) {
  Transfer transfer = start(ask);
  Result<Head> head = co_await transfer.head(by);
  if (!head) co_return std::move(head).error();
  http::Response response{head->status, std::move(head->headers), ""};
  while (true) {
    Result<std::string> piece = co_await transfer.read(by);
    if (!piece) co_return std::move(piece).error();
    if (piece->empty()) co_return response;
    response.body += *piece;
    if (response.body.size() > limit) {
      co_return Error{Errc::Exhausted, 0,
                      "answer longer than " + std::to_string(limit) + " bytes (" + ask.url + ")"};
    }
  }
}

std::uint64_t Http::received() const {
  return engine_->received;
}

Result<std::string> redirect_target(const std::string& base, const std::string& location) {
  std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url(curl_url(), &curl_url_cleanup);
  char* text = nullptr;
  const bool fits = curl_url_set(url.get(), CURLUPART_URL, base.c_str(), 0) == CURLUE_OK &&
                    curl_url_set(url.get(), CURLUPART_URL, location.c_str(), 0) == CURLUE_OK &&
                    curl_url_get(url.get(), CURLUPART_URL, &text, 0) == CURLUE_OK;
  std::string target = fits ? text : "";
  curl_free(text);
  const bool is_http = target.starts_with("http://") || target.starts_with("https://");
  if (!is_http) {
    return Error{Errc::Broken, 0, "redirects to \"" + location + "\" (" + base + ")"};
  }
  if (base.starts_with("https://") && !target.starts_with("https://")) {
    return Error{Errc::Broken, 0, "redirects away from TLS to " + target + " (" + base + ")"};
  }
  return target;
}

}  // namespace berth::images
