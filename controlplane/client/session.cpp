// session.cpp - the task session's address, and when it asks for credentials.
#include "controlplane/client/session.hpp"

namespace berth::client {

TaskSession::TaskSession(Needs needs, Identity who, Endpoints& endpoints, LinkTools tools,
                         SessionTimes times)
    : who_(std::move(who)),
      link_({"task session",
             [this, &endpoints] { return url_of(endpoints, who_, wants_credentials_); },
             std::move(needs.on_message),
             [this, on_change = std::move(needs.on_change)](bool is_connected) {
               if (is_connected) wants_credentials_ = false;
               if (on_change) on_change(is_connected);
             },
             std::move(needs.on_inactive)},
            times, std::move(tools)) {}

Async<http::Url> TaskSession::url_of(Endpoints& endpoints, const Identity& who,
                                     bool send_credentials) {
  BERTH_CO_TRY(const auto found, co_await endpoints.find());
  co_return session_url(found.endpoint, task_session_query(who, send_credentials));
}

}  // namespace berth::client
