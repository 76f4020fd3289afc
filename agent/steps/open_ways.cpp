// open_ways.cpp - look around, write down, open; firewalld by its own program.
#include "agent/steps/open_ways.hpp"

#include "base/log.hpp"
#include "firewall/neighbours.hpp"

namespace berth::steps {

namespace {

constexpr const char* kZone = "berth";         // with the policies of packaging/firewalld
constexpr const char* kZoneOfAll = "trusted";  // accepts everything from its interfaces
constexpr const char* kInterfaces = "be+";
// source: firewalld, errors.py: UNKNOWN_INTERFACE, ZONE_CONFLICT, INVALID_ZONE, NOT_RUNNING
constexpr int kInNoZone = 17;
constexpr int kInAnother = 18;
constexpr int kNoSuchZone = 112;
constexpr int kNotRunning = 252;
constexpr std::chrono::seconds kFirewallCmdTakes{20};  // Python, D-Bus, and firewalld's own work

void add(std::string& doubts, const std::string& one) {
  doubts += (doubts.empty() ? "" : "; ") + one;
}

std::string doubts_of(const firewall::Neighbours& around) {
  std::string doubts;
  for (const std::string& chain : around.drops) {
    add(doubts, "forwarding blocked by " + chain + ", policy drop, unless it accepts be*");
  }
  if (around.has_legacy_rules) {
    add(doubts, "rules of iptables-legacy, table filter, cannot be seen and may block forwarding");
  }
  return doubts;
}

/// With the setting off what would be opened is doubted instead.
firewall::Neighbours only_seen(firewall::Neighbours around) {
  for (const firewall::Opening& opening : around.openings) {
    if (!opening.is_for_host) around.drops.push_back(firewall::text_of(opening));
  }
  around.openings.clear();
  return around;
}

/// Its exit code. what: "--add-interface"
Async<Exited> run_firewall_cmd(Spawner* spawner, std::string zone, std::string what) {
  Command command;
  command.argv = {firewall::kFirewallCmd, "--quiet", "--zone=" + zone, what + "=" + kInterfaces};
  command.environment = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8"};
  if (const char* bus = ::getenv("DBUS_SYSTEM_BUS_ADDRESS")) {
    command.environment.push_back(std::string("DBUS_SYSTEM_BUS_ADDRESS=") + bus);
  }
  const Deadline by = Deadline::after(kFirewallCmdTakes);
  Result<Exited> exited = co_await spawner->run(std::move(command), nullptr, by);
  co_return exited;
}

Error failed_with(const Exited& exited, const std::string& what) {
  return Error{Errc::Unavailable, 0,
               std::string(firewall::kFirewallCmd) + " " + what + " ended with " +
                   std::to_string(exited.code) + ": " + exited.error_tail};
}

Async<> open_one(Tools* tools, firewall::Opening opening) {
  const std::string where = firewall::text_of(opening);
  BERTH_CO_CHECK(co_await tools->note_host_change(kAcceptChange, where, ""));
  auto work = [opening, owner = tools->firewall.name()] {
    return firewall::open_way(opening, owner);
  };
  BERTH_CO_TRY(const bool is_new, co_await tools->offload.run(std::move(work)));
  if (is_new) log::info("tasks are let through among others' rules", {{"name", where}});
  co_return ok();
}

/// again: yes. returns false when there is no such zone.
Async<bool> enter_zone(Tools* tools, std::string zone) {
  std::string name = zone + " " + kInterfaces;
  BERTH_CO_CHECK(co_await tools->note_host_change(kZoneChange, std::move(name), ""));
  const std::string what = "--add-interface";
  BERTH_CO_TRY(const Exited exited, co_await run_firewall_cmd(tools->spawner, zone, what));
  if (exited.code == kNoSuchZone) co_return false;
  if (exited.code != 0) co_return failed_with(exited, what);
  log::info("tasks' devices are in a zone of firewalld", {{"name", zone}});
  co_return true;
}

/// Where our zone is not installed, or firewalld has not read it yet, in the one that is
/// everywhere.
Async<> enter_firewalld(Tools* tools) {
  BERTH_CO_TRY(const bool is_in, co_await tools->offload.run(firewall::is_in_firewalld_zone));
  if (is_in) co_return ok();
  if (tools->spawner == nullptr) co_return Error{Errc::Unavailable, 0, "no programs are run here"};
  for (const std::string zone : {kZone, kZoneOfAll}) {
    BERTH_CO_TRY(const bool has_entered, co_await enter_zone(tools, zone));
    if (has_entered) co_return ok();
  }
  co_return Error{Errc::NotFound, 0, std::string("it has no zone ") + kZoneOfAll};
}

/// The doubts that stay.
Async<std::string> look_and_open(Tools* tools) {
  auto look = [owner = tools->firewall.name()] { return firewall::look_around(owner); };
  BERTH_CO_TRY(firewall::Neighbours around, co_await tools->offload.run(std::move(look)));
  if (!tools->settings.firewall_integration) around = only_seen(std::move(around));
  std::string doubts = doubts_of(around);
  // Once open, open until it is closed: they may need it no more, and it is there all the same.
  tools->ways.is_open |= !around.openings.empty() || around.has_firewalld;
  for (const firewall::Opening& opening : around.openings) {
    Result<> opened = co_await open_one(tools, opening);
    if (opened.failed_with(Errc::Cancelled)) co_return std::move(opened).error();
    if (!opened) add(doubts, firewall::text_of(opening) + ": " + opened.error().text());
  }
  if (!around.has_firewalld) co_return doubts;
  const std::string blocked = "forwarding blocked by inet firewalld filter_FORWARD";
  if (!tools->settings.firewall_integration) {
    BERTH_CO_TRY(const bool is_in, co_await tools->offload.run(firewall::is_in_firewalld_zone));
    if (!is_in) add(doubts, blocked + ", policy reject, unless be+ is in a zone that accepts it");
    co_return doubts;
  }
  Result<> entered = co_await enter_firewalld(tools);
  if (entered.failed_with(Errc::Cancelled)) co_return std::move(entered).error();
  tools->ways.is_late = !entered;
  if (!entered) add(doubts, blocked + ": " + entered.error().text());
  co_return doubts;
}

Result<bool> close_all(const std::string& owner) {
  BERTH_TRY(const std::vector<firewall::Opening> open, firewall::opened_ways(owner));
  for (const firewall::Opening& opening : open) {
    BERTH_CHECK(firewall::close_way(opening, owner));
  }
  BERTH_TRY(const firewall::Neighbours around, firewall::look_around(owner));
  return around.has_firewalld;
}

}  // namespace

Async<std::string> open_ways(Tools& tools) {
  BERTH_CO_TRY(const Gate::Pass pass, co_await tools.host_network.enter());
  if (tools.ways.is_current) co_return tools.ways.doubts;
  tools.ways.is_current = true;  // what is changed from here on is looked at again
  Result<std::string> doubts = co_await look_and_open(&tools);
  if (doubts.failed_with(Errc::Cancelled)) co_return doubts;
  if (!doubts) {
    tools.ways.is_current = false;
    doubts = "others' rules could not be looked at: " + doubts.error().text();
  }
  if (*doubts != tools.ways.doubts && !doubts->empty()) {
    log::warn("packets of tasks may not pass", {{"why", *doubts}});
  }
  tools.ways.doubts = *doubts;
  co_return doubts;
}

Async<> close_unneeded_ways(Tools& tools) {
  BERTH_CO_TRY(const Gate::Pass pass, co_await tools.host_network.enter());
  const bool is_needed = tools.firewall.has_devices() && tools.settings.firewall_integration;
  if (is_needed) co_return ok();
  tools.ways = {};
  auto work = [owner = tools.firewall.name()] { return close_all(owner); };
  BERTH_CO_TRY(const bool has_firewalld, co_await tools.offload.run(std::move(work)));
  if (!has_firewalld || !tools.settings.firewall_integration || tools.spawner == nullptr) {
    co_return ok();
  }
  BERTH_CO_TRY(const bool is_in, co_await tools.offload.run(firewall::is_in_firewalld_zone));
  if (!is_in) co_return ok();
  Result<> left = co_await leave_firewalld(*tools.spawner);
  co_return left;
}

Result<> undo_accept(const std::string& name, const std::string& owner) {
  BERTH_TRY(const firewall::Opening opening, firewall::opening_in(name));
  return firewall::close_way(opening, owner);
}

Async<> leave_firewalld(Spawner& spawner) {
  if (!is_program(firewall::kFirewallCmd)) co_return ok();
  const std::string what = "--remove-interface";
  for (const std::string zone : {kZone, kZoneOfAll}) {
    BERTH_CO_TRY(const Exited exited, co_await run_firewall_cmd(&spawner, zone, what));
    const bool is_out = exited.code == 0 || exited.code == kInNoZone || exited.code == kInAnother ||
                        exited.code == kNoSuchZone || exited.code == kNotRunning;
    if (!is_out) co_return failed_with(exited, what);
  }
  co_return ok();
}

}  // namespace berth::steps
