// drain.cpp - one look after the other.
#include "cli/drain.hpp"

#include <ostream>
#include <thread>

namespace berth::cli {

namespace {

constexpr std::chrono::seconds kReportsPatience{30};
constexpr std::chrono::milliseconds kDrainLook{100};

std::string drain_line(const local::DrainView& drain) {
  std::string line = std::to_string(drain.running) + " tasks to stop, " +
                     std::to_string(drain.unsent) + " reports to be taken";
  if (!drain.control_plane.empty()) {
    line += "; the control plane was not told: " + drain.control_plane;
  }
  return line + "\n";
}

}  // namespace

Result<local::DrainView> drain_node(const Berthd& berthd, std::ostream* shown) {
  BERTH_TRY(local::DrainView now, berthd.drain(true));
  auto told_by = std::chrono::steady_clock::now() + kReportsPatience;
  local::DrainView last;
  while (true) {
    if (!(now == last) && shown != nullptr) *shown << drain_line(now) << std::flush;
    last = now;
    if (now.is_done()) return now;
    if (now.running > 0) told_by = std::chrono::steady_clock::now() + kReportsPatience;
    if (std::chrono::steady_clock::now() >= told_by) return now;
    std::this_thread::sleep_for(kDrainLook);
    BERTH_TRY(now, berthd.drain(false));
  }
}

Result<> judge_drain(const local::DrainView& drain) {
  if (drain.is_done()) return ok();
  return Error{Errc::TimedOut, 0,
               std::to_string(drain.unsent) +
                   " reports are not taken yet; berthd keeps them and tells them when the control "
                   "plane is back"};
}

}  // namespace berth::cli
