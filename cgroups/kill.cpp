// kill.cpp - cgroup.kill, or freeze and SIGKILL.
#include "cgroups/kill.hpp"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <string>
#include <vector>

#include "base/crash_point.hpp"
#include "base/unique_fd.hpp"
#include "cgroups/walk.hpp"

namespace berth::cgroups {

namespace {

// How many processes are waited for at once: far below any limit on descriptors.
constexpr std::size_t kPidfdsAtOnce = 128;
// The kernel wakes us when a process ends; after this we look again all the same, for processes
// that joined meanwhile.
constexpr std::chrono::milliseconds kLookAgainAfter{50};
// A process that has ended leaves cgroup.procs a moment later, and no event says so.
constexpr std::chrono::milliseconds kAfterTheEnd{1};

// glibc 2.36 has wrappers for these, older ones do not.
int pidfd_open(int pid) {
  return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0U));
}

int pidfd_kill(int pidfd) {
  return static_cast<int>(::syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, nullptr, 0U));
}

int timeout_for(Deadline by) {
  return static_cast<int>(by.left().count());
}

const Hierarchy::Branch* freezer_of(const Hierarchy& hierarchy) {
  return hierarchy.version() == Version::V2 ? hierarchy.unified() : hierarchy.branch_of("freezer");
}

/// Stops every process where it is, so that none can fork between the look and the kill. Where the
/// node has no freezer the rounds of kill_all must do.
void freeze(const Hierarchy& hierarchy, const std::string& path) {
  const Hierarchy::Branch* branch = freezer_of(hierarchy);
  if (branch == nullptr) return;
  [[maybe_unused]] const Result<> set = branch->unified
                                            ? branch->root.write(path + "/cgroup.freeze", "1")
                                            : branch->root.write(path + "/freezer.state", "FROZEN");
}

/// Lets them run again, into their end. On v1 a cgroup below may have been frozen by itself, and
/// frozen processes do not die of a signal.
void thaw(const Hierarchy& hierarchy, const std::string& path) {
  const Hierarchy::Branch* branch = freezer_of(hierarchy);
  if (branch == nullptr) return;
  const Result<std::vector<std::string>> cgroups = cgroups_below(branch->root, path);
  if (!cgroups) return;
  for (const std::string& cgroup : *cgroups) {
    [[maybe_unused]] const Result<> set =
        branch->unified ? branch->root.write(cgroup + "/cgroup.freeze", "0")
                        : branch->root.write(cgroup + "/freezer.state", "THAWED");
  }
}

/// Opened before it is signalled: a pidfd cannot come to mean another process. Those that have
/// ended meanwhile are left out.
Result<std::vector<UniqueFd>> signal_each(const std::vector<int>& pids) {
  std::vector<UniqueFd> signalled;
  for (const int pid : pids) {
    UniqueFd process(pidfd_open(pid));
    if (!process && errno == ESRCH) continue;
    if (!process) return os_error(errno, "open process " + std::to_string(pid));
    if (pidfd_kill(process.get()) != 0 && errno != ESRCH) {
      return os_error(errno, "kill process " + std::to_string(pid));
    }
    if (signalled.size() < kPidfdsAtOnce) signalled.push_back(std::move(process));
  }
  return signalled;
}

/// Until they have ended, but not past `by` nor much longer than a look around is worth.
void wait_for_ends(const std::vector<UniqueFd>& processes, Deadline by) {
  std::vector<pollfd> waiting;
  for (const UniqueFd& process : processes) waiting.push_back({process.get(), POLLIN, 0});
  const Deadline round = earlier(by, Deadline::after(kLookAgainAfter));
  while (!waiting.empty() && !round.has_passed()) {
    if (::poll(waiting.data(), waiting.size(), timeout_for(round)) <= 0) return;
    std::erase_if(waiting, [](const pollfd& one) { return one.revents != 0; });
  }
  ::poll(nullptr, 0, timeout_for(earlier(by, Deadline::after(kAfterTheEnd))));
}

/// What cannot be killed from here, or should not be.
Result<> may_kill(const std::vector<int>& pids) {
  if (std::binary_search(pids.begin(), pids.end(), 0)) {
    return Error{Errc::Denied, 0, "a process of an outer pid namespace is inside"};
  }
  if (std::binary_search(pids.begin(), pids.end(), static_cast<int>(::getpid()))) {
    return Error{Errc::Invalid, 0, "this very process is inside"};
  }
  return ok();
}

/// cgroup.kill on v2 since Linux 5.14. fails: NotFound on an older kernel.
Result<> kill_by_kernel(const Hierarchy& hierarchy, const std::string& path) {
  return hierarchy.unified()->root.write(path + "/cgroup.kill", "1");
}

/// One round: kills what is inside now and waits for its end.
Result<> kill_once(const Hierarchy& hierarchy, const std::string& path,
                   const std::vector<int>& pids, Deadline by) {
  if (hierarchy.version() == Version::V2 && kill_by_kernel(hierarchy, path)) {
    std::vector<UniqueFd> processes;
    for (const int pid : pids) {
      if (processes.size() == kPidfdsAtOnce) break;
      if (UniqueFd process(pidfd_open(pid)); process) processes.push_back(std::move(process));
    }
    wait_for_ends(processes, by);
    return ok();
  }
  freeze(hierarchy, path);
  Result<std::vector<UniqueFd>> signalled = Error{};
  if (Result<std::vector<int>> frozen = processes_below(hierarchy, path); frozen) {
    signalled = signal_each(*frozen);
  } else {
    signalled = std::move(frozen).error();
  }
  thaw(hierarchy, path);
  if (!signalled) return std::move(signalled).error();
  wait_for_ends(*signalled, by);
  return ok();
}

Result<> kill_until_empty(const Hierarchy& hierarchy, const std::string& path, Deadline by) {
  while (true) {
    BERTH_TRY(const std::vector<int> pids, processes_below(hierarchy, path));
    if (pids.empty()) return ok();
    BERTH_CHECK(may_kill(pids));
    if (by.has_passed()) {
      return Error{Errc::TimedOut, 0,
                   std::to_string(pids.size()) + " processes are left, one is " +
                       std::to_string(pids.front())};
    }
    BERTH_CHECK(kill_once(hierarchy, path, pids, by));
  }
}

}  // namespace

Result<> kill_all(const Hierarchy& hierarchy, std::string_view path, Deadline by) {
  BERTH_TRY(const std::string plain, relative_path(path));
  Result<> killed = kill_until_empty(hierarchy, plain, by);
  BERTH_CRASH_POINT("cgroup.emptied");
  if (killed || killed.failed_with(Errc::NotFound)) return ok();
  return std::move(killed).error().while_doing("kill all in cgroup /" + plain);
}

}  // namespace berth::cgroups
