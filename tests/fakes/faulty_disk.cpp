// faulty_disk.cpp - a library to preload: writes to an SQLite file fail while a test says so.
//
//   LD_PRELOAD=faulty-disk.so FAULTY_DISK=FILE berthd
//
// While FILE exists, writing to and syncing what ends in ".db" or ".db-wal" fails with EIO.
#include <dlfcn.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace {

bool is_database(int fd) {
  char link[64];
  char path[4096];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t length = ::readlink(link, path, sizeof path);
  if (length < 0) return false;
  const std::string_view name(path, static_cast<std::size_t>(length));
  return name.ends_with(".db") || name.ends_with(".db-wal");
}

/// Asked before every write, so it asks the cheaper question first.
bool must_fail(int fd) {
  static const char* const told_by = std::getenv("FAULTY_DISK");
  if (!told_by || ::access(told_by, F_OK) != 0 || !is_database(fd)) return false;
  errno = EIO;
  return true;
}

template <class Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

ssize_t pwrite64(int fd, const void* bytes, std::size_t count, off64_t offset) {
  static auto* const next = real<ssize_t(int, const void*, std::size_t, off64_t)>("pwrite64");
  return must_fail(fd) ? -1 : next(fd, bytes, count, offset);
}

ssize_t pwrite(int fd, const void* bytes, std::size_t count, off_t offset) {
  static auto* const next = real<ssize_t(int, const void*, std::size_t, off_t)>("pwrite");
  return must_fail(fd) ? -1 : next(fd, bytes, count, offset);
}

int fsync(int fd) {
  static auto* const next = real<int(int)>("fsync");
  return must_fail(fd) ? -1 : next(fd);
}

int fdatasync(int fd) {
  static auto* const next = real<int(int)>("fdatasync");
  return must_fail(fd) ? -1 : next(fd);
}

}  // extern "C"
