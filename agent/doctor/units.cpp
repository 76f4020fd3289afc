// units.cpp - judging what systemd says.
#include "agent/doctor/units.hpp"

#include <algorithm>
#include <charconv>

#include "agent/config/config.hpp"
#include "agent/doctor/words.hpp"
#include "base/duration.hpp"
#include "base/text.hpp"

namespace berth::doctor {

namespace {

constexpr const char* kContainerd = "containerd.service";
constexpr const char* kEcs = "ecs.service";
constexpr const char* kLogind = "systemd-logind.service";
constexpr const char* kShutdown = "shutdown";
constexpr const char* kKillMode = "KillMode of containerd.service";
constexpr const char* kOrder = "order";
constexpr const char* kDelay = "logind's delay";
constexpr const char* kNoSystemd = "systemd does not run this host";

std::string drop_in(const std::string& unit, const std::string& text) {
  return "systemctl edit " + unit + ", add " + text + ", then systemctl daemon-reload";
}

Finding judge_kill_mode(const UnitFacts& facts) {
  if (!is_loaded(facts, kContainerd)) {
    return unknown("containerd", kKillMode,
                   "there is no such unit; whoever ends containerd must leave its shims alone");
  }
  const std::string mode = property(facts, kContainerd, "KillMode");
  if (mode == "process" || mode == "none") return fine("containerd", kKillMode, mode);
  return failed("containerd", kKillMode,
                mode + ": every container dies when containerd is restarted",
                drop_in(kContainerd, "[Service] KillMode=process"));
}

Finding judge_order(const UnitFacts& facts) {
  if (!is_loaded(facts, kBerthd)) {
    return warned(kShutdown, kOrder,
                  "berthd.service is not there, so nobody starts berthd at boot "
                  "or after a crash, or stops tasks before a shutdown",
                  "install the unit and enable it (systemctl enable --now berthd)");
  }
  if (has_word(words_of(property(facts, kBerthd, "After")), kContainerd)) {
    return fine(kShutdown, kOrder, "berthd.service stops before containerd.service");
  }
  return failed(kShutdown, kOrder,
                "berthd.service is not After=containerd.service, so containerd may go first at a "
                "shutdown",
                drop_in(kBerthd, "[Unit] After=containerd.service"));
}

/// "" when it is there.
std::string why_no_logind(const UnitFacts& facts) {
  const std::string load = property(facts, kLogind, "LoadState");
  if (load == "masked") return "logind is masked";
  if (load == "not-found") return "logind is not installed";
  const std::string state = property(facts, kLogind, "ActiveState");
  return state == "inactive" || state == "failed" ? "logind does not run" : "";
}

Finding judge_delay(const UnitFacts& facts, std::chrono::nanoseconds stop_timeout) {
  if (!facts.inhibit_delay) {
    const std::string without = why_no_logind(facts);
    if (without.empty()) return unknown(kShutdown, kDelay, "logind does not answer");
    return fine(kShutdown, kDelay,
                without + ": tasks stop when it is berthd.service's turn in the order of units");
  }
  const std::string has = show_duration(*facts.inhibit_delay);
  const std::string wants = "containers have " + show_duration(stop_timeout) +
                            " to stop (ECS_CONTAINER_STOP_TIMEOUT), and berthd " +
                            show_duration(config::kToSettle) + " to tell of it";
  const auto needed = std::chrono::ceil<std::chrono::seconds>(stop_timeout) + config::kToSettle;
  if (*facts.inhibit_delay >= needed) return fine(kShutdown, kDelay, has + ", while " + wants);
  return warned(kShutdown, kDelay,
                "a shutdown waits " + has + " for whoever asks it to, while " + wants,
                "put [Login] InhibitDelayMaxSec=" + std::to_string(needed.count()) +
                    " into a file /etc/systemd/logind.conf.d/90-shutdown.conf, then systemctl kill "
                    "-s HUP systemd-logind");
}

Finding judge_other_agent(const UnitFacts& facts) {
  const char* area = "other agents";
  const char* what = "ecs.service";
  const std::string cure =
      "systemctl disable --now ecs: two agents would register this machine "
      "twice and give out its memory twice";
  const std::string state = property(facts, kEcs, "ActiveState");
  if (state == "active" || state == "activating" || state == "reloading") {
    return failed(area, what, "the ECS agent's service is " + state, cure);
  }
  if (!facts.ecs_processes.empty()) {
    return failed(area, what, listed(facts.ecs_processes) + " runs", cure);
  }
  return fine(area, what, "does not run");
}

}  // namespace

std::string property(const UnitFacts& facts, const std::string& unit, const std::string& name) {
  const auto found = facts.units.find(unit);
  if (found == facts.units.end()) return "";
  const auto value = found->second.find(name);
  return value == found->second.end() ? "" : value->second;
}

bool is_loaded(const UnitFacts& facts, const std::string& unit) {
  return property(facts, unit, "LoadState") == "loaded";
}

std::map<std::string, Unit> units_in(const std::vector<std::string>& lines) {
  std::map<std::string, Unit> units;
  Unit unit;
  auto close = [&] {
    if (unit.contains("Id")) units[unit["Id"]] = unit;
    unit.clear();
  };
  for (const std::string& line : lines) {
    const std::size_t equals = line.find('=');
    if (equals == std::string::npos) {
      close();
    } else {
      unit[line.substr(0, equals)] = line.substr(equals + 1);
    }
  }
  close();
  return units;
}

std::optional<std::chrono::microseconds> microseconds_in(std::string_view line) {
  const std::vector<std::string> words = words_of(line);
  if (words.size() != 2 || words[0] != "t") return std::nullopt;
  std::uint64_t value = 0;
  const char* const end = words[1].data() + words[1].size();
  const auto [rest, bad] = std::from_chars(words[1].data(), end, value);
  if (bad != std::errc() || rest != end) return std::nullopt;
  return std::chrono::microseconds(static_cast<std::int64_t>(value));
}

std::vector<std::string> ecs_processes_in(const Dir& proc) {
  std::vector<std::string> found;
  const Result<std::vector<std::string>> names = proc.list();
  if (!names) return found;
  for (const std::string& name : *names) {
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const Result<std::string> comm = proc.read(name + "/comm");
    if (!comm || !comm->starts_with("amazon-ecs")) continue;
    found.push_back(std::string(trimmed(*comm)) + " (pid " + name + ")");
  }
  return found;
}

Findings judge_units(const UnitFacts& facts, std::chrono::nanoseconds stop_timeout) {
  if (!facts.has_systemd || !facts.failure.empty()) {
    const auto other = [&](std::string area, std::string what) {
      return facts.has_systemd ? unknown(std::move(area), std::move(what), facts.failure)
                               : fine(std::move(area), std::move(what), kNoSystemd);
    };
    return {other("containerd", kKillMode), other(kShutdown, kOrder), judge_other_agent(facts)};
  }
  return {judge_kill_mode(facts), judge_order(facts), judge_delay(facts, stop_timeout),
          judge_other_agent(facts)};
}

}  // namespace berth::doctor
