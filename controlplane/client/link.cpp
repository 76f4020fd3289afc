// link.cpp - connect, read, and decide what an end means.
#include "controlplane/client/link.hpp"

#include "base/log.hpp"

namespace berth::client {

namespace {

constexpr std::chrono::seconds kConnectLimit{60};  // 30 s to dial, 30 s to shake hands: acs-tcs, 1
constexpr std::chrono::minutes kWriteLimit{3};     // acs-tcs, section 1
constexpr std::chrono::seconds kGoodbyeLimit{10};  // for the answer to our close
constexpr std::string_view kInactive = "InactiveInstanceException";

/// What a refused upgrade or an error frame says, for a log line.
std::string refusal_text(const http::Response& refusal) {
  const auto said = protocol::decode_service_error(refusal.body);
  std::string text = "HTTP " + std::to_string(refusal.status);
  if (said) text += ", " + said->type + ": " + said->message;
  return text;
}

}  // namespace

Connect websocket_connect(http::TlsOptions tls) {
  return [tls](http::Url url, http::Headers headers, Deadline by) {
    return http::connect_websocket(std::move(url), std::move(headers), tls, by);
  };
}

Result<http::Url> session_url(const std::string& base, std::string query) {
  BERTH_TRY(http::Url url, http::parse_url(base));
  if (url.scheme == "http") {
    url.scheme = "ws";
  } else if (url.scheme == "https") {
    url.scheme = "wss";
  } else {
    return Error{Errc::Invalid, 0, "session endpoint " + base + ": scheme must be http or https"};
  }
  if (!url.path.ends_with('/')) url.path += '/';
  url.path += "ws";
  url.query = std::move(query);
  return url;
}

void Link::note_change(bool is_connected) {
  if (needs_.on_change) needs_.on_change(is_connected);
}

Async<> Link::run() {
  for (;;) {
    connected_at_ = std::nullopt;
    Result<End> end = co_await connect_and_read();
    const bool was_connected = connected_at_.has_value();
    socket_ = nullptr;
    if (was_connected) note_change(false);
    if (end.failed_with(Errc::Cancelled)) co_return std::move(end).error();

    const End what = end ? *end : End::Failed;
    const auto connected_for =
        was_connected ? tools_.clock.now() - *connected_at_ : std::chrono::steady_clock::duration{};
    const auto wait = reconnect_.wait_after(what, connected_for, tools_.random);
    if (what == End::Failed && !end) {
      log::warn("session failed",
                {{"what", needs_.name}, {"error", end.error().text()}, {"wait_ms", wait.count()}});
    } else {
      log::info("session ended", {{"what", needs_.name}, {"wait_ms", wait.count()}});
    }
    if (what == End::Inactive && needs_.on_inactive) needs_.on_inactive();
    BERTH_CO_CHECK(co_await tools_.clock.sleep(wait));
  }
}

Async<http::Upgrade> Link::open() {
  http::Request upgrade;
  upgrade.target = url_.target();
  upgrade.headers = {{"Host", url_.authority()}};
  BERTH_CO_TRY(http::Headers headers, tools_.signer.sign(upgrade));
  headers.emplace_back("User-Agent", tools_.user_agent);
  http::Url url = url_;
  const Deadline by = Deadline::after(kConnectLimit);
  Result<http::Upgrade> opened = co_await tools_.connect(std::move(url), std::move(headers), by);
  co_return opened;
}

Async<End> Link::connect_and_read() {
  BERTH_CO_TRY(url_, co_await needs_.url());
  BERTH_CO_TRY(http::Upgrade opened, co_await open());
  if (!opened.socket && tools_.signer.learn_time(opened.refusal.headers)) {
    BERTH_CO_TRY(opened, co_await open());
  }
  if (!opened.socket) {
    const std::string why = refusal_text(opened.refusal);
    if (opened.refusal.body.find(kInactive) == std::string::npos) {
      co_return Error{Errc::Denied, 0, "upgrade at " + url_.authority() + " refused: " + why};
    }
    log::error("this instance is deregistered", {{"what", needs_.name}, {"error", why}});
    co_return End::Inactive;
  }
  socket_ = std::move(opened.socket);
  connected_at_ = tools_.clock.now();
  log::info("session connected", {{"what", needs_.name}, {"endpoint", url_.authority()}});
  note_change(true);
  Result<End> end = co_await read_until_end();
  co_return end;
}

Async<End> Link::read_until_end() {
  Watch watch(times_, *connected_at_, tools_.random);
  for (;;) {
    if (!socket_) co_return Error{Errc::Unavailable, 0, "dropped"};
    Result<std::string> text = co_await socket_->read(Deadline{watch.due()});
    const Moment now = tools_.clock.now();
    if (text) {
      watch.heard(now);
      Result<> taken = co_await take(std::move(*text));
      if (taken.failed_with(Errc::Denied)) co_return End::Inactive;
      if (taken.failed_with(Errc::Cancelled)) co_return std::move(taken).error();
      continue;
    }
    if (!socket_) co_return Error{Errc::Unavailable, 0, "dropped"};
    if (!text.failed_with(Errc::TimedOut)) {
      const auto closed = socket_->closed();
      if (closed && is_clean(closed->code)) co_return End::Clean;
      co_return std::move(text).error();
    }
    if (watch.has_expired(now) || (watch.is_silent(now) && times_.says_goodbye_to_silence)) {
      BERTH_CO_CHECK(co_await say_goodbye());
      co_return End::Clean;
    }
    if (watch.is_silent(now)) {
      co_return Error{Errc::TimedOut, 0, "nothing was heard for too long"};
    }
  }
}

/// Hands one frame over. Denied means that the service told us we are deregistered.
Async<> Link::take(std::string text) {
  Result<protocol::Envelope> envelope = protocol::decode_frame(text);
  if (!envelope) {
    log::warn("frame not understood", {{"what", needs_.name}, {"error", envelope.error().text()}});
    co_return ok();
  }
  if (envelope->type == kInactive) {
    log::error("this instance is deregistered", {{"what", needs_.name}});
    co_return Error{Errc::Denied, 0, std::string(kInactive)};
  }
  if (!needs_.on_message) co_return ok();
  const std::string type = envelope->type;
  Async<> work = needs_.on_message(std::move(*envelope));
  Result<> taken = co_await std::move(work);
  if (!taken && taken.error().code != Errc::Cancelled) {
    log::warn("message not taken",
              {{"what", needs_.name}, {"value", type}, {"error", taken.error().text()}});
    co_return ok();
  }
  co_return taken;
}

/// source: acs-tcs, section 1: the text is the incumbent's, and services count on it.
Async<> Link::say_goodbye() {
  http::Closed why{1000, "ConnectionExpired: Reconnect to continue"};
  const Deadline by = Deadline::after(kGoodbyeLimit);
  Result<> closed = co_await socket_->close(std::move(why), by);
  if (closed.failed_with(Errc::Cancelled)) co_return closed;
  co_return ok();
}

Async<> Link::send(std::string text) {
  if (!socket_) co_return Error{Errc::Unavailable, 0, needs_.name + " is not connected"};
  const Deadline by = Deadline::after(kWriteLimit);
  Result<> sent = co_await socket_->write(std::move(text), by);
  co_return sent;
}

}  // namespace berth::client
