// namespace.cpp - unshare, bind mount, setns; each in a thread that ends with it.
#include "netns/namespace.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <system_error>
#include <thread>

#include "base/crash_point.hpp"
#include "base/dir.hpp"

namespace berth::netns {

namespace {

constexpr std::size_t kMaxName = 128;

Result<> check_name(const std::string& name) {
  if (name.empty() || name.size() > kMaxName || name.front() == '.' ||
      name.find('/') != std::string::npos || name.find('\0') != std::string::npos) {
    return Error{Errc::Invalid, 0, "\"" + name + "\" cannot name a network namespace"};
  }
  return ok();
}

/// Runs `work` in a thread of its own, which may leave this network namespace.
template <class Outcome>
Outcome in_own_thread(const std::function<Outcome()>& work) {
  Outcome outcome;
  try {
    std::thread([&] { outcome = work(); }).join();
  } catch (const std::system_error& error) {
    return os_error(error.code().value(), "start a thread for a network namespace");
  }
  return outcome;
}

Result<UniqueFd> open_pin(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return os_error(errno, "open network namespace " + path);
  struct statfs facts{};
  if (::fstatfs(fd.get(), &facts) != 0) return os_error(errno, "look at " + path);
  if (facts.f_type != NSFS_MAGIC) {
    return Error{Errc::NotFound, 0, "no network namespace is mounted on " + path};
  }
  return fd;
}

/// In a thread that may be spoilt: a fresh namespace, pinned to `path`.
Result<Namespace> unshare_and_pin(const std::string& path) {
  if (::unshare(CLONE_NEWNET) != 0) return os_error(errno, "make a network namespace");
  Namespace fresh;
  BERTH_TRY(fresh.netlink, open_netlink());
  if (::mount("/proc/thread-self/ns/net", path.c_str(), "none", MS_BIND, nullptr) != 0) {
    return os_error(errno, "pin a network namespace to " + path);
  }
  BERTH_CRASH_POINT("netns.pinned");
  BERTH_TRY(fresh.fd, open_pin(path));
  return fresh;
}

}  // namespace

Result<> run_inside(int netns, const std::function<Result<>()>& work) {
  return in_own_thread<Result<>>([&]() -> Result<> {
    if (::setns(netns, CLONE_NEWNET) != 0) return os_error(errno, "enter a network namespace");
    return work();
  });
}

Result<> run_in_fresh(const std::function<Result<>()>& work) {
  return in_own_thread<Result<>>([&]() -> Result<> {
    if (::unshare(CLONE_NEWNET) != 0) return os_error(errno, "make a network namespace");
    return work();
  });
}

Result<> Pins::make_directory() const {
  BERTH_TRY(const Dir made, Dir::open_or_make(directory_));
  BERTH_CRASH_POINT("netns.directory-made");
  const char* where = directory_.c_str();
  if (::mount("", where, "none", MS_SHARED | MS_REC, nullptr) == 0) return ok();
  if (errno != EINVAL) return os_error(errno, "share the mounts in " + directory_);
  // EINVAL: it is no mount point yet.
  if (::mount(where, where, "none", MS_BIND | MS_REC, nullptr) != 0 ||
      ::mount("", where, "none", MS_SHARED | MS_REC, nullptr) != 0) {
    return os_error(errno, "share the mounts in " + directory_);
  }
  return ok();
}

bool Pins::has_directory() const {
  return Dir::open(directory_).has_value();
}

Result<> Pins::remove_empty_directory() const {
  const Result<Dir> directory = Dir::open(directory_);
  if (directory.failed_with(Errc::NotFound)) return ok();
  if (!directory) return directory.error();
  BERTH_TRY(const std::vector<std::string> files, directory->list());
  if (!files.empty()) return ok();
  // DETACH, because we hold it open ourselves. EINVAL: it is no mount point.
  const char* where = directory_.c_str();
  if (::umount2(where, MNT_DETACH | UMOUNT_NOFOLLOW) != 0 && errno != EINVAL) {
    return os_error(errno, "unmount " + directory_);
  }
  // EBUSY: a mount of another mount namespace. ENOTEMPTY: somebody pinned one just now.
  if (::rmdir(where) != 0 && errno != ENOENT && errno != EBUSY && errno != ENOTEMPTY) {
    return os_error(errno, "remove " + directory_);
  }
  return ok();
}

Result<Namespace> Pins::create(const std::string& name) const {
  Result<Namespace> there = open(name);
  if (!there.failed_with(Errc::NotFound)) return there;
  const std::string path = path_of(name);
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CREAT | O_CLOEXEC, 0444));
  if (!file) return os_error(errno, "make " + path);
  BERTH_CRASH_POINT("netns.file-made");
  return in_own_thread<Result<Namespace>>([&] { return unshare_and_pin(path); });
}

Result<Namespace> Pins::open(const std::string& name) const {
  BERTH_CHECK(check_name(name));
  const std::string path = path_of(name);
  Namespace found;
  BERTH_TRY(found.fd, open_pin(path));
  const int fd = found.fd.get();
  BERTH_TRY(Namespace inside, in_own_thread<Result<Namespace>>([&]() -> Result<Namespace> {
              if (::setns(fd, CLONE_NEWNET) != 0) return os_error(errno, "enter " + path);
              Namespace only_socket;
              BERTH_TRY(only_socket.netlink, open_netlink());
              return only_socket;
            }));
  found.netlink = std::move(inside.netlink);
  return found;
}

bool Pins::has(const std::string& name) const {
  return ::access(path_of(name).c_str(), F_OK) == 0;
}

Result<> Pins::remove(const std::string& name) const {
  BERTH_CHECK(check_name(name));
  const std::string path = path_of(name);
  // More than one can be mounted here, if a crash came between two attempts. EINVAL: none is left.
  while (::umount2(path.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) == 0) {
  }
  if (errno != EINVAL && errno != ENOENT) return os_error(errno, "unmount " + path);
  BERTH_CRASH_POINT("netns.unpinned");
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return os_error(errno, "remove " + path);
  BERTH_CRASH_POINT("netns.file-removed");
  return ok();
}

Result<std::vector<std::string>> Pins::list() const {
  const Result<Dir> directory = Dir::open(directory_);
  if (directory.failed_with(Errc::NotFound)) return std::vector<std::string>{};
  if (!directory) return directory.error();
  BERTH_TRY(const std::vector<std::string> files, directory->list());
  const std::string start = label_of("");
  std::vector<std::string> names;
  for (const std::string& file : files) {
    if (file.size() > start.size() && file.starts_with(start)) {
      names.push_back(file.substr(start.size()));
    }
  }
  return names;
}

}  // namespace berth::netns
