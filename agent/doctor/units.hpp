// units.hpp - what systemd has to say: how containerd and berthd are stopped, and who else is here.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/doctor/finding.hpp"
#include "base/dir.hpp"
#include "base/spawner.hpp"

namespace berth::doctor {

/// A unit's properties by name.
using Unit = std::map<std::string, std::string>;

struct UnitFacts {
  bool has_systemd = false;
  std::string failure{};                ///< why systemd could not be asked
  std::map<std::string, Unit> units{};  ///< by Id: "containerd.service"
  /// How long logind lets a shutdown wait; nullopt: it does not say.
  std::optional<std::chrono::microseconds> inhibit_delay{};
  std::vector<std::string> ecs_processes{};  ///< "amazon-ecs-init (pid 812)"
};

inline constexpr const char* kBerthd = "berthd.service";

/// "" when it is not known.
std::string property(const UnitFacts& facts, const std::string& unit, const std::string& name);

/// Systemd has a unit of that name.
bool is_loaded(const UnitFacts& facts, const std::string& unit);

/// Asks systemctl and busctl where systemd is PID 1. root: with run/systemd and proc.
Async<UnitFacts> look_at_units(Spawner* spawner, const Dir* root, Deadline by);

/// stop_timeout: the longest a container has by the settings.
Findings judge_units(const UnitFacts& facts, std::chrono::nanoseconds stop_timeout);

/// What `systemctl show` prints of several units: blocks of KEY=VALUE lines.
std::map<std::string, Unit> units_in(const std::vector<std::string>& lines);

/// "t 5000000" as busctl prints it.
std::optional<std::chrono::microseconds> microseconds_in(std::string_view line);

/// Processes of the ECS agent's own service.
std::vector<std::string> ecs_processes_in(const Dir& proc);

}  // namespace berth::doctor
