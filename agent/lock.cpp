// lock.cpp - flock on a few files, each with our pid in it.
#include "agent/lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/dir.hpp"

namespace berth::agent {

namespace {

/// A file that its holder removed meanwhile excludes nobody.
bool is_still_there(const UniqueFd& file, const std::string& path) {
  struct stat ours{};
  struct stat now{};
  return ::fstat(file.get(), &ours) == 0 && ::stat(path.c_str(), &now) == 0 &&
         ours.st_dev == now.st_dev && ours.st_ino == now.st_ino;
}

Result<UniqueFd> take_one(const std::string& path, const std::string& what) {
  UniqueFd file;
  do {
    file = UniqueFd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
    if (!file) return os_error(errno, "open " + path);
    if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK) return os_error(errno, "lock " + path);
      std::string pid = read_file(path, 64).value_or("unknown\n");
      if (!pid.empty() && pid.back() == '\n') pid.pop_back();
      return Error{Errc::Exists, 0, what + " is in use by berthd with pid " + pid};
    }
  } while (!is_still_there(file, path));
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
  BERTH_CHECK(Dir::open_or_make(owned.lock_dir));
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
  locks.directories_ = {owned.run_dir, owned.data_dir};
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
