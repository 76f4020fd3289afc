// lock.cpp - flock on two files, each with our pid in it.
#include "agent/lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

#include "base/dir.hpp"

namespace berth::agent {

namespace {

Result<UniqueFd> take_one(const std::string& path, const std::string& what) {
  UniqueFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!file) return os_error(errno, "open " + path);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return os_error(errno, "lock " + path);
    std::string pid = read_file(path, 64).value_or("unknown\n");
    if (!pid.empty() && pid.back() == '\n') pid.pop_back();
    return Error{Errc::Exists, 0, what + " is in use by berthd with pid " + pid};
  }
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(file.get(), 0) != 0 ||
      ::pwrite(file.get(), pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
    return os_error(errno, "write " + path);
  }
  return file;
}

}  // namespace

Result<Locks> Locks::take(const std::string& run_dir, const std::string& lock_dir,
                          const std::string& containerd_namespace) {
  BERTH_CHECK(Dir::open_or_make(run_dir, 0700));
  BERTH_CHECK(Dir::open_or_make(lock_dir));
  Locks locks;
  BERTH_TRY(UniqueFd run, take_one(run_dir + "/berthd.lock", "run directory " + run_dir));
  BERTH_TRY(UniqueFd space, take_one(lock_dir + "/berthd-" + containerd_namespace + ".lock",
                                     "containerd namespace " + containerd_namespace));
  locks.held_.push_back(std::move(run));
  locks.held_.push_back(std::move(space));
  return locks;
}

}  // namespace berth::agent
