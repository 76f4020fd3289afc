// options.cpp - the ways to start.
#include "agent/options.hpp"

namespace berth::agent {

Result<Mode> parse_options(std::span<const char* const> arguments) {
  Mode mode = Mode::Run;
  bool as_json = false;
  for (const std::string_view argument : arguments) {
    if (argument == "--help" || argument == "-h") return Mode::Help;
    if (argument == "--version") return Mode::Version;
    if (argument == "--print-config") {
      mode = Mode::PrintConfig;
    } else if (argument == "--membership") {
      mode = Mode::Membership;
    } else if (argument == "--deregister") {
      mode = Mode::Deregister;
    } else if (argument == "--purge") {
      mode = Mode::Purge;
    } else if (argument == "--doctor") {
      mode = Mode::Doctor;
    } else if (argument == "--json") {
      as_json = true;
    } else {
      return Error{
          Errc::Invalid, 0,
          "option \"" + std::string(argument) +
              "\": allowed are --print-config, --membership, --deregister, --purge, --doctor "
              "[--json], --help, --version"};
    }
  }
  if (!as_json) return mode;
  if (mode == Mode::Doctor) return Mode::DoctorAsJson;
  return Error{Errc::Invalid, 0, "option \"--json\": allowed with --doctor alone"};
}

std::string help_text(const std::string& settings) {
  return "berthd - runs ECS tasks on this machine through containerd\n"
         "\n"
         "usage: berthd                    register and run tasks until SIGTERM; tasks outlive it\n"
         "       berthd --print-config     show each setting with where it comes from\n"
         "       berthd --membership       show whose instance the state on disk says this machine "
         "is\n"
         "       berthd --deregister       have the control plane forget this machine\n"
         "       berthd --purge            stop every task and remove everything berthd made here\n"
         "       berthd --doctor [--json]  look for what keeps this machine from running tasks\n"
         "       berthd --help | --version\n"
         "\n"
         "Settings come from the environment, then /etc/ecs/ecs.config, then the defaults:\n"
         "\n" +
         settings +
         "\n"
         "Exit status: 0 stopped as asked, 1 failed (--doctor: it found an error), 5 no restart "
         "can\n"
         "cure it (a wrong option, a bad setting).\n";
}

}  // namespace berth::agent
