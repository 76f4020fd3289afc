// lock.cpp - flock on a few files, each with our pid in it.
#include "agent/lock.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <thread>

#include "base/dir.hpp"

namespace berth::agent {

namespace {

using std::chrono::steady_clock;

/// What a child of a holder that was killed needs at most to come to its exec, where it gives back
/// what it inherited: a busy machine has to read the program first. The kernel tells nobody of that
/// moment.
constexpr std::chrono::seconds kToExec{2};
constexpr std::chrono::milliseconds kBetweenTries{10};

/// A file that its holder removed meanwhile excludes nobody.
bool is_still_there(const UniqueFd& file, const std::string& path) {
  struct stat ours{};
  struct stat now{};
  return ::fstat(file.get(), &ours) == 0 && ::stat(path.c_str(), &now) == 0 &&
         ours.st_dev == now.st_dev && ours.st_ino == now.st_ino;
}

std::string pid_in(const std::string& path) {
  std::string pid = read_file(path, 64).value_or("unknown\n");
  if (!pid.empty() && pid.back() == '\n') pid.pop_back();
  return pid;
}

bool has_ended(const std::string& pid) {
  pid_t number = 0;
  const auto [rest, bad] = std::from_chars(pid.data(), pid.data() + pid.size(), number);
  return bad == std::errc() && number > 0 && ::kill(number, 0) != 0 && errno == ESRCH;
}

Result<UniqueFd> take_one(const std::string& path, const std::string& what) {
  const steady_clock::time_point end = steady_clock::now() + kToExec;
  UniqueFd file;
  while (!file || !is_still_there(file, path)) {
    file = UniqueFd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!file) return os_error(errno, "open " + path);
    if (::flock(file.get(), LOCK_EX | LOCK_NB) == 0) continue;
    if (errno != EWOULDBLOCK) return os_error(errno, "lock " + path);
    const std::string pid = pid_in(path);
    if (!has_ended(pid) || steady_clock::now() > end) {
      return Error{Errc::Exists, 0, what + " is in use by berthd with pid " + pid};
    }
    file.reset();
    std::this_thread::sleep_for(kBetweenTries);
  }
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(file.get(), 0) != 0 ||
      ::pwrite(file.get(), pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
    return os_error(errno, "write " + path);
  }
  return file;
}

}  // namespace

Result<Locks> Locks::take(const Owned& owned) {
  BERTH_CHECK(Dir::open_or_make(owned.run_dir, 0700));
  BERTH_CHECK(Dir::open_or_make(owned.data_dir, 0700));
  // Whoever can open a lock can hold it.
  BERTH_CHECK(Dir::open_or_make(owned.lock_dir, 0700));
  const std::string& space = owned.containerd_namespace;
  const std::pair<std::string, std::string> files[] = {
      {owned.run_dir + "/berthd.lock", "run directory " + owned.run_dir},
      {owned.data_dir + "/berth.db.lock", "data directory " + owned.data_dir},
      {owned.lock_dir + "/berthd-" + space + ".lock", "containerd namespace " + space}};
  Locks locks;
  for (const auto& [path, what] : files) {
    BERTH_TRY(UniqueFd fd, take_one(path, what));
    locks.held_.push_back({path, std::move(fd)});
  }
  locks.directories_ = {owned.run_dir, owned.data_dir, owned.lock_dir};
  return locks;
}

Result<> Locks::discard() {
  for (const File& file : held_) {
    if (::unlink(file.path.c_str()) != 0 && errno != ENOENT) {
      return os_error(errno, "remove " + file.path);
    }
  }
  for (const std::string& path : directories_) {
    // What others keep there is theirs, and so is a mount point.
    const bool removed = ::rmdir(path.c_str()) == 0 || errno == ENOENT || errno == ENOTEMPTY ||
                         errno == EEXIST || errno == EBUSY;
    if (!removed) return os_error(errno, "remove " + path);
  }
  return ok();
}

}  // namespace berth::agent
