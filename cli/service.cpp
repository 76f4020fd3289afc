// service.cpp - words for systemctl.
#include "cli/service.hpp"

#include <filesystem>

#include "base/spawner.hpp"
#include "cli/programs.hpp"

namespace berth::cli {

namespace {

constexpr const char* kUnit = "berthd.service";
constexpr const char* kSocketUnit = "berthd.socket";
constexpr std::chrono::seconds kSystemctlTakes{150};  // the unit's start may take 120 s
constexpr std::chrono::seconds kAnswerTakes{20};

}  // namespace

Service Service::of_this_host() {
  std::error_code unreadable;
  // source: sd_booted(3).
  if (!std::filesystem::is_directory("/run/systemd/system", unreadable)) return Service("");
  for (const char* path : {"/usr/bin/systemctl", "/bin/systemctl"}) {
    if (is_program(path)) return Service(path);
  }
  return Service("");
}

std::string Service::state() const {
  if (!is_there()) return "";
  const auto said =
      run_well({systemctl_, "show", "--value", "-p", "ActiveState", kUnit}, kAnswerTakes);
  return said ? said->substr(0, said->find('\n')) : "";
}

bool Service::is_active() const {
  const std::string now = state();
  return now == "active" || now == "activating" || now == "reloading";
}

bool Service::has_failed() const {
  return state() == "failed";
}

Result<> Service::enable_and_start() const {
  BERTH_CHECK(run_well({systemctl_, "enable", kUnit, kSocketUnit}, kSystemctlTakes));
  // The socket first: it is one that an earlier start may have given up.
  BERTH_CHECK(run_well({systemctl_, "start", kSocketUnit}, kSystemctlTakes));
  BERTH_CHECK(run_well({systemctl_, "restart", kUnit}, kSystemctlTakes));
  return ok();
}

Result<> Service::start() const {
  BERTH_CHECK(run_well({systemctl_, "start", kUnit}, kSystemctlTakes));
  return ok();
}

Result<> Service::stop_and_disable() const {
  BERTH_CHECK(run_well({systemctl_, "disable", "--now", kUnit, kSocketUnit}, kSystemctlTakes));
  return ok();
}

}  // namespace berth::cli
