// dir.cpp - plain file work through directory descriptors.
#include "base/dir.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

namespace berth {

namespace {

Error refused(const std::string& doing, const Dir& dir, const std::string& path) {
  return os_error(errno, doing + " " + dir.path() + "/" + path);
}

Result<> stays_below(const std::string& path) {
  if (!path.empty() && path.front() == '/') {
    return Error{Errc::Invalid, 0, "path \"" + path + "\" is absolute"};
  }
  std::size_t from = 0;
  while (from <= path.size()) {
    const std::size_t slash = std::min(path.find('/', from), path.size());
    if (path.compare(from, slash - from, "..") == 0) {
      return Error{Errc::Invalid, 0, "path \"" + path + "\" leaves its directory"};
    }
    from = slash + 1;
  }
  return ok();
}

Result<std::string> read_all(int fd, std::size_t limit, const std::string& name) {
  std::string text;
  char block[16384];
  while (true) {
    const ssize_t got = ::read(fd, block, sizeof block);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return os_error(errno, "read " + name);
    if (got == 0) return text;
    text.append(block, static_cast<std::size_t>(got));
    if (text.size() > limit) {
      return Error{Errc::Exhausted, 0,
                   name + " is longer than " + std::to_string(limit) + " bytes"};
    }
  }
}

Result<> write_all(int fd, std::string_view text, const std::string& name) {
  while (!text.empty()) {
    const ssize_t put = ::write(fd, text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return os_error(errno, "write " + name);
    text.remove_prefix(static_cast<std::size_t>(put));
  }
  return ok();
}

}  // namespace

Result<Dir> Dir::open(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_DIRECTORY | O_RDONLY | O_CLOEXEC));
  if (!fd) return os_error(errno, "open " + path);
  return Dir(std::move(fd), path);
}

Result<Dir> Dir::open_or_make(const std::string& path, unsigned mode) {
  for (std::size_t slash = path.find('/', 1); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    if (::mkdir(path.substr(0, slash).c_str(), 0755) != 0 && errno != EEXIST) {
      return os_error(errno, "make " + path.substr(0, slash));
    }
  }
  if (::mkdir(path.c_str(), mode) != 0 && errno != EEXIST) return os_error(errno, "make " + path);
  return open(path);
}

Result<Dir> Dir::sub(const std::string& path) const {
  BERTH_CHECK(stays_below(path));
  UniqueFd fd(::openat(fd_.get(), path.c_str(), O_DIRECTORY | O_RDONLY | O_CLOEXEC));
  if (!fd) return refused("open", *this, path);
  return Dir(std::move(fd), path_ + "/" + path);
}

Result<std::string> Dir::read(const std::string& path, std::size_t limit) const {
  BERTH_CHECK(stays_below(path));
  UniqueFd fd(::openat(fd_.get(), path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return refused("open", *this, path);
  return read_all(fd.get(), limit, path_ + "/" + path);
}

Result<> Dir::write(const std::string& path, std::string_view text) const {
  BERTH_CHECK(stays_below(path));
  UniqueFd fd(::openat(fd_.get(), path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!fd) return refused("open", *this, path);
  while (::write(fd.get(), text.data(), text.size()) < 0) {
    if (errno != EINTR) {
      return refused("write \"" + std::string(text.substr(0, 64)) + "\" to", *this, path);
    }
  }
  return ok();
}

Result<> Dir::replace(const std::string& path, std::string_view text, unsigned mode,
                      bool synced) const {
  BERTH_CHECK(stays_below(path));
  const std::string fresh = path + ".new";
  UniqueFd fd(::openat(fd_.get(), fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
  if (!fd) return refused("create", *this, fresh);
  if (::fchmod(fd.get(), mode) != 0) return refused("set the mode of", *this, fresh);
  BERTH_CHECK(write_all(fd.get(), text, path_ + "/" + fresh));
  if (synced && ::fsync(fd.get()) != 0) return refused("sync", *this, fresh);
  if (::renameat(fd_.get(), fresh.c_str(), fd_.get(), path.c_str()) != 0) {
    return refused("rename", *this, fresh);
  }
  if (synced && ::fsync(fd_.get()) != 0) return refused("sync", *this, "");
  return ok();
}

Result<> Dir::make(const std::string& path, unsigned mode) const {
  BERTH_CHECK(stays_below(path));
  if (::mkdirat(fd_.get(), path.c_str(), mode) != 0) return refused("make", *this, path);
  return ok();
}

Result<> Dir::make_all(const std::string& path, unsigned mode) const {
  for (std::size_t slash = path.find('/');; slash = path.find('/', slash + 1)) {
    const std::string part = path.substr(0, slash);
    if (Result<> made = make(part, mode); !made && made.error().code != Errc::Exists) return made;
    if (slash == std::string::npos) return ok();
  }
}

Result<> Dir::remove(const std::string& path) const {
  BERTH_CHECK(stays_below(path));
  if (::unlinkat(fd_.get(), path.c_str(), 0) == 0) return ok();
  if (errno != EISDIR && errno != EPERM) return refused("remove", *this, path);
  if (::unlinkat(fd_.get(), path.c_str(), AT_REMOVEDIR) != 0) return refused("remove", *this, path);
  return ok();
}

Result<> Dir::remove_all(const std::string& path) const {
  BERTH_CHECK(stays_below(path));
  struct stat facts{};
  if (::fstatat(fd_.get(), path.c_str(), &facts, AT_SYMLINK_NOFOLLOW) != 0) {
    return errno == ENOENT ? ok() : Result<>(refused("look at", *this, path));
  }
  if (S_ISDIR(facts.st_mode)) {
    BERTH_TRY(const std::vector<std::string> names, list(path));
    for (const std::string& name : names) BERTH_CHECK(remove_all(path + "/" + name));
  }
  Result<> removed = remove(path);
  return removed.failed_with(Errc::NotFound) ? ok() : removed;
}

bool Dir::exists(const std::string& path) const {
  struct stat facts{};
  return ::fstatat(fd_.get(), path.c_str(), &facts, AT_SYMLINK_NOFOLLOW) == 0;
}

bool Dir::is_dir(const std::string& path) const {
  struct stat facts{};
  return ::fstatat(fd_.get(), path.c_str(), &facts, AT_SYMLINK_NOFOLLOW) == 0 &&
         S_ISDIR(facts.st_mode);
}

Result<std::vector<std::string>> Dir::list(const std::string& path) const {
  BERTH_CHECK(stays_below(path));
  const std::string where = path.empty() ? "." : path;
  UniqueFd fd(::openat(fd_.get(), where.c_str(), O_DIRECTORY | O_RDONLY | O_CLOEXEC));
  if (!fd) return refused("list", *this, path);
  DIR* stream = ::fdopendir(fd.get());
  if (stream == nullptr) return refused("list", *this, path);
  fd.release();
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(stream)) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  ::closedir(stream);
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::string> read_file(const std::string& path, std::size_t limit) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return os_error(errno, "open " + path);
  return read_all(fd.get(), limit, path);
}

Result<> remove_tree(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const Result<Dir> parent = Dir::open(path.substr(0, slash + 1));
  if (parent.failed_with(Errc::NotFound)) return ok();
  if (!parent) return parent.error();
  return parent->remove_all(path.substr(slash + 1));
}

}  // namespace berth
