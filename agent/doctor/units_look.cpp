// units_look.cpp - systemctl and busctl, asked once each.
#include "agent/doctor/units.hpp"

namespace berth::doctor {

namespace {

constexpr const char* kSystemctl = "/usr/bin/systemctl";
constexpr const char* kBusctl = "/usr/bin/busctl";
constexpr std::size_t kMostLines = 64;  // more than what is asked for has

/// What a program prints.
Async<std::vector<std::string>> lines_from(Spawner* spawner, std::vector<std::string> argv,
                                           Deadline by) {
  const std::string name = argv.front();
  Command command;
  command.argv = std::move(argv);
  command.environment = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8"};
  BERTH_CO_TRY(Said said, co_await hear_out(*spawner, std::move(command), kMostLines, by));
  const Exited& exited = said.exited;
  if (exited.code != 0) {
    co_return Error{Errc::Unavailable, 0,
                    name + " ended with " + std::to_string(exited.code) + ": " +
                        exited.error_tail.substr(0, exited.error_tail.find('\n'))};
  }
  co_return std::move(said.lines);
}

}  // namespace

Async<UnitFacts> look_at_units(Spawner* spawner, const Dir* root, Deadline by) {
  UnitFacts facts;
  if (const Result<Dir> proc = root->sub("proc")) facts.ecs_processes = ecs_processes_in(*proc);
  facts.has_systemd = root->is_dir("run/systemd/system");  // source: sd_booted(3)
  if (!facts.has_systemd) co_return facts;
  std::vector<std::string> show{
      kSystemctl,           "show",
      "--property",         "Id,LoadState,ActiveState,KillMode,After,LimitNOFILESoft,TasksMax",
      "containerd.service", kBerthd,
      "ecs.service",        "systemd-logind.service"};
  Result<std::vector<std::string>> shown = co_await lines_from(spawner, std::move(show), by);
  if (!shown) {
    facts.failure = shown.error().message;
    co_return facts;
  }
  facts.units = units_in(*shown);
  std::vector<std::string> ask{kBusctl,
                               "--auto-start=no",
                               "get-property",
                               "org.freedesktop.login1",
                               "/org/freedesktop/login1",
                               "org.freedesktop.login1.Manager",
                               "InhibitDelayMaxUSec"};
  Result<std::vector<std::string>> delay = co_await lines_from(spawner, std::move(ask), by);
  if (delay && !delay->empty()) facts.inhibit_delay = microseconds_in(delay->front());
  co_return facts;
}

}  // namespace berth::doctor
