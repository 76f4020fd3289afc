// snapshot_files.cpp - reading files of a snapshot without mounting it.
#include "runtime/snapshot_files.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include <cerrno>
#include <string_view>

#include "base/unique_fd.hpp"

namespace berth::runtime {

namespace {

void append_lower(std::string_view list, std::vector<std::string>& layers) {
  while (!list.empty()) {
    const auto end = list.find(':');
    layers.emplace_back(list.substr(0, end));
    if (end == std::string_view::npos) return;
    list.remove_prefix(end + 1);
  }
}

/// Directories of the snapshot, topmost first.
Result<std::vector<std::string>> layers_of(const std::vector<SnapshotMount>& mounts) {
  if (mounts.size() != 1) return Error{Errc::Broken, 0, "a snapshot with other than one mount"};
  const SnapshotMount& mount = mounts.front();
  std::vector<std::string> layers;
  if (mount.type == "bind") {
    layers.push_back(mount.source);
  } else if (mount.type == "overlay") {
    for (const std::string& option : mount.options) {
      if (option.starts_with("upperdir=")) layers.insert(layers.begin(), option.substr(9));
      if (option.starts_with("lowerdir=")) append_lower(std::string_view(option).substr(9), layers);
    }
  }
  if (layers.empty()) return Error{Errc::Broken, 0, "a snapshot mounted as " + mount.type};
  return layers;
}

UniqueFd open_in_root(int root, const std::string& path, std::uint64_t flags) {
  open_how how{};
  how.flags = flags | O_CLOEXEC;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  return UniqueFd(static_cast<int>(::syscall(SYS_openat2, root, path.c_str(), &how, sizeof how)));
}

/// Whether this layer hides all below it at `path`: by a whiteout or by an opaque directory on the
/// way. source: Linux, Documentation/filesystems/overlayfs.rst, "whiteouts and opaque directories".
bool hides_lower(int root, const std::string& path) {
  for (std::size_t end = path.find('/');; end = path.find('/', end + 1)) {
    const UniqueFd here = open_in_root(root, path.substr(0, end), O_PATH | O_NOFOLLOW);
    if (!here) return false;
    struct stat found{};
    if (::fstat(here.get(), &found) != 0) return false;
    if (!S_ISDIR(found.st_mode)) return true;
    if (end == std::string::npos) return false;
    char opaque = 0;
    const std::string by_fd = "/proc/self/fd/" + std::to_string(here.get());
    if (::getxattr(by_fd.c_str(), "trusted.overlay.opaque", &opaque, 1) == 1 && opaque == 'y') {
      return true;
    }
  }
}

Result<std::string> read_all(int fd, const std::string& path, std::size_t limit) {
  std::string text;
  char chunk[16384];
  while (true) {
    const ssize_t got = ::read(fd, chunk, sizeof chunk);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return os_error(errno, "read " + path + " of the image");
    if (got == 0) return text;
    text.append(chunk, static_cast<std::size_t>(got));
    if (text.size() > limit) {
      return Error{Errc::Invalid, 0,
                   "/" + path + " of the image: longer than " + std::to_string(limit) + " bytes"};
    }
  }
}

}  // namespace

Result<std::optional<std::string>> read_snapshot_file(const std::vector<SnapshotMount>& mounts,
                                                      const std::string& path, std::size_t limit) {
  BERTH_TRY(const auto layers, layers_of(mounts));
  for (const std::string& layer : layers) {
    const UniqueFd root(::open(layer.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!root) return os_error(errno, "open layer " + layer);
    // O_NONBLOCK: an image may hold a FIFO under this name.
    const UniqueFd file = open_in_root(root.get(), path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    struct stat found{};
    if (file && ::fstat(file.get(), &found) == 0 && S_ISREG(found.st_mode)) {
      BERTH_TRY(auto text, read_all(file.get(), path, limit));
      return std::optional<std::string>(std::move(text));
    }
    if (file) return Error{Errc::Invalid, 0, "/" + path + " of the image: not an ordinary file"};
    if (hides_lower(root.get(), path)) break;
  }
  return std::optional<std::string>{};
}

Result<UserDatabase> read_users(const std::vector<SnapshotMount>& mounts) {
  BERTH_TRY(auto passwd, read_snapshot_file(mounts, "etc/passwd"));
  BERTH_TRY(auto group, read_snapshot_file(mounts, "etc/group"));
  return UserDatabase{std::move(passwd).value_or(""), std::move(group).value_or("")};
}

}  // namespace berth::runtime
