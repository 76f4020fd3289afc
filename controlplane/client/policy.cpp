// policy.cpp - deadlines, waits and queries of the sessions.
#include "controlplane/client/policy.hpp"

#include <map>

#include "base/http/message.hpp"

namespace berth::client {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// A peer that accepts and closes at once, over and over, must not keep us busy.
constexpr seconds kBriefest{1};

milliseconds jittered(milliseconds least, milliseconds more, Random& random) {
  return least +
         milliseconds(static_cast<std::int64_t>(static_cast<double>(more.count()) * random.unit()));
}

std::string form_encoded(const std::map<std::string, std::string>& members) {
  std::string query;
  for (const auto& [name, value] : members) {
    if (!query.empty()) query += '&';
    std::string encoded = http::percent_encode(value);
    for (auto at = encoded.find("%20"); at != std::string::npos; at = encoded.find("%20", at)) {
      encoded.replace(at, 3, "+");
    }
    query += name + "=" + encoded;
  }
  return query;
}

}  // namespace

SessionTimes task_session_times() {
  SessionTimes times;
  times.backoff = {milliseconds(250), seconds(120), 1.5, 0.2};
  times.backoff_reset = seconds(60);
  times.inactive_wait = std::chrono::hours(1);
  return times;
}

SessionTimes telemetry_session_times() {
  SessionTimes times;
  times.backoff = {seconds(1), seconds(60), 2.0, 0.2};
  times.says_goodbye_to_silence = true;
  return times;
}

bool is_clean(std::uint16_t close_code) {
  return close_code == 1000 || close_code == 1001 || close_code == 1006 || close_code == 1011;
}

Watch::Watch(const SessionTimes& times, Moment connected, Random& random)
    : silence_(jittered(times.silence, times.silence_jitter, random)),
      last_heard_(connected),
      expires_(connected + jittered(times.age, times.age_jitter, random)) {}

milliseconds Reconnect::wait_after(End end, std::chrono::steady_clock::duration connected_for,
                                   Random& random) {
  if (end == End::Inactive && times_.inactive_wait) return *times_.inactive_wait;
  if (end == End::Clean && connected_for >= kBriefest) {
    backoff_.reset();
    return milliseconds(0);
  }
  if (times_.backoff_reset) {
    const milliseconds least = *times_.backoff_reset;
    if (connected_for >= jittered(least, least, random)) backoff_.reset();
  }
  return backoff_.next(random);
}

std::string task_session_query(const Identity& who, bool send_credentials) {
  std::map<std::string, std::string> members{
      {"agentHash", who.agent_hash},
      {"agentVersion", who.agent_version},
      {"clusterArn", who.cluster},
      {"containerInstanceArn", who.instance_arn},
      {"protocolVersion", "2"},
      {"sendCredentials", send_credentials ? "true" : "false"},
      {"seqNum", "1"}};
  if (!who.runtime_version.empty()) {
    members["dockerVersion"] = "DockerVersion: " + who.runtime_version;
  }
  return form_encoded(members);
}

std::string telemetry_session_query(const Identity& who) {
  std::map<std::string, std::string> members{{"agentHash", who.agent_hash},
                                             {"agentVersion", who.agent_version},
                                             {"cluster", who.cluster},
                                             {"containerInstance", who.instance_arn}};
  if (!who.runtime_version.empty()) members["dockerVersion"] = who.runtime_version;
  return form_encoded(members);
}

}  // namespace berth::client
