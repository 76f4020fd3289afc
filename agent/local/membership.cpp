// membership.cpp - members to JSON and back.
#include "agent/local/membership.hpp"

#include <charconv>

#include "base/http/message.hpp"
#include "base/json.hpp"

namespace berth::local {

std::string to_json(const MembershipView& membership) {
  return dump_json({{"cluster", membership.cluster},
                    {"containerInstanceArn", membership.container_instance},
                    {"status", membership.status},
                    {"connected", membership.connected},
                    {"lastError", membership.last_error}});
}

std::string to_json(const StateView& state) {
  return dump_json({{"cluster", state.cluster},
                    {"containerInstanceArn", state.container_instance},
                    {"backend", state.backend},
                    {"tasks", state.tasks},
                    {"exists", state.is_there}});
}

Result<MembershipView> read_membership(std::string_view body) {
  BERTH_TRY(const Json json, parse_json(body));
  JsonReader in(json, "membership");
  MembershipView view{in.text("cluster"), in.text("containerInstanceArn"), in.text("status"),
                      in.boolean("connected"), in.text("lastError")};
  if (auto bad = in.failed()) return *bad;
  return view;
}

Result<StateView> read_state(std::string_view body) {
  BERTH_TRY(const Json json, parse_json(body));
  JsonReader in(json, "state");
  StateView view{in.text("cluster"), in.text("containerInstanceArn"), in.text("backend"),
                 in.integer("tasks"), in.boolean("exists")};
  if (auto bad = in.failed()) return *bad;
  return view;
}

Result<std::chrono::seconds> wait_in(const std::string& target) {
  const auto question = target.find('?');
  if (question == std::string::npos) return std::chrono::seconds(0);
  BERTH_TRY(const auto query, http::parse_query(target.substr(question + 1)));
  std::int64_t seconds = 0;
  for (const auto& [name, value] : query) {
    if (name != "wait") continue;
    const char* const last = value.data() + value.size();
    const auto [end, failed] = std::from_chars(value.data(), last, seconds);
    if (failed != std::errc() || end != last || seconds < 0 || seconds > kLongestWait.count()) {
      return Error{Errc::Invalid, 0,
                   "wait \"" + value + "\": must be a number of seconds from 0 to " +
                       std::to_string(kLongestWait.count())};
    }
  }
  return std::chrono::seconds(seconds);
}

}  // namespace berth::local
