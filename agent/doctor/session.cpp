// session.cpp - one question to the admin API.
#include "agent/doctor/session.hpp"

#include "base/http/client.hpp"

namespace berth::doctor {

namespace {

constexpr const char* kSession = "session";
constexpr const char* kControlPlane = "control plane";
constexpr const char* kWaitSeconds = "3";  // a session is cut now and then, and comes back
constexpr std::size_t kMostBytes = 64 << 10;

/// What it lacks, and what berthd last complained of.
std::string lack_of(const local::MembershipView& view) {
  const std::string lack = view.container_instance.empty()
                               ? "berthd runs and is not registered in cluster " + view.cluster
                               : "berthd runs and is not connected as " + view.container_instance;
  return view.last_error.empty() ? lack : lack + ": " + view.last_error;
}

}  // namespace

std::optional<Finding> judge_unasked(const UnitFacts& units) {
  if (!is_loaded(units, kBerthd)) return std::nullopt;
  const std::string state = property(units, kBerthd, "ActiveState");
  if (state == "active" || state == "reloading") return std::nullopt;
  if (state == "failed") {
    return failed(kSession, kControlPlane, "berthd.service has failed, and is not started again",
                  "see why (journalctl -u berthd), then systemctl restart berthd");
  }
  return fine(kSession, kControlPlane, "not looked at: berthd.service is " + state);
}

Async<local::MembershipView> ask_berthd(std::string socket, Deadline by) {
  http::Client client;
  http::Request request;
  request.target = std::string(local::kMembershipPath) + "?wait=" + kWaitSeconds;
  request.headers = {{"Host", "berthd"}};
  BERTH_CO_TRY(const http::Response answer,
               co_await client.fetch_unix(std::move(socket), std::move(request), kMostBytes, by));
  if (answer.status != 200) {
    co_return Error{Errc::Broken, 0, "berthd answers HTTP " + std::to_string(answer.status)};
  }
  co_return local::read_membership(answer.body);
}

Finding judge_session(const Result<local::MembershipView>& said) {
  if (said.failed_with(Errc::NotFound) || said.failed_with(Errc::Unavailable)) {
    return fine(kSession, kControlPlane,
                "not looked at: no berthd runs here (" + said.error().message + ")");
  }
  if (!said) return unknown(kSession, kControlPlane, said.error().message);
  if (!said->connected) {
    return failed(kSession, kControlPlane, lack_of(*said),
                  "see what credentials and endpoint say here; journalctl -u berthd has all that "
                  "berthd met with");
  }
  const std::string status = said->status.empty() ? "" : ", " + said->status;
  return fine(kSession, kControlPlane, "up, as " + said->container_instance + status);
}

}  // namespace berth::doctor
