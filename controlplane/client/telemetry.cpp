// telemetry.cpp - the telemetry session's address and its signed frames.
#include "controlplane/client/telemetry.hpp"

#include "controlplane/protocol/telemetry.hpp"

namespace berth::client {

TelemetrySession::TelemetrySession(Needs needs, Identity who, Endpoints& endpoints, LinkTools tools,
                                   SessionTimes times)
    : who_(std::move(who)),
      signer_(tools.signer),
      link_({"telemetry session",
             [this, &endpoints] { return url_of(endpoints, who_); },
             std::move(needs.on_message),
             std::move(needs.on_change),
             {}},
            times, std::move(tools)) {}

Async<http::Url> TelemetrySession::url_of(Endpoints& endpoints, const Identity& who) {
  BERTH_CO_TRY(const auto found, co_await endpoints.find());
  co_return session_url(found.telemetry_endpoint, telemetry_session_query(who));
}

Async<> TelemetrySession::send(std::string frame) {
  BERTH_CO_TRY(std::string text, signed_frame(signer_, link_.url(), std::move(frame)));
  Result<> sent = co_await link_.send(std::move(text));
  co_return sent;
}

Result<std::string> signed_frame(aws::Signer& signer, const http::Url& url, std::string frame) {
  http::Request request;
  request.target = url.target();
  request.headers = {{"Host", url.authority()}};
  request.body = std::move(frame);
  BERTH_TRY(const http::Headers added, signer.sign(request));

  protocol::SignedFrame out;
  for (const char* name : {"Authorization", "Host", "X-Amz-Date", "X-Amz-Security-Token"}) {
    auto value = http::find_header(added, name);
    if (!value) value = http::find_header(request.headers, name);
    if (value) out.headers.emplace_back(name, std::move(*value));
  }
  out.body = std::move(request.body);
  return protocol::join_frame(out);
}

}  // namespace berth::client
