// folder.cpp - the files of one directory, and when they have changed.
#include "base/folder.hpp"

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/steady_timer.hpp>
#include <cerrno>

#include "base/dir.hpp"
#include "base/unique_fd.hpp"

namespace berth {

namespace {

// A file counts when its writer closes it or puts it there whole.
constexpr std::uint32_t kFolder = IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
constexpr std::uint32_t kFiles = kFolder | IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE;
constexpr std::uint32_t kWayThere = kFolder | IN_CREATE | IN_MOVED_TO;

/// Only ordinary files: reading a pipe would wait for its writer.
Result<std::string> read_file_of(const Dir& folder, const std::string& name) {
  const UniqueFd fd(::openat(folder.fd(), name.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!fd) return os_error(errno, "open");
  struct stat about{};
  if (::fstat(fd.get(), &about) < 0) return os_error(errno, "stat");
  if (!S_ISREG(about.st_mode)) return Error{Errc::Invalid, 0, "it is not an ordinary file"};
  auto text = folder.read(name, kMostFileBytes);
  if (text.failed_with(Errc::Exhausted)) {
    return Error{Errc::Invalid, 0,
                 "it has " + std::to_string(about.st_size) + " bytes; allowed are " +
                     std::to_string(kMostFileBytes)};
  }
  return text;
}

/// False when there is no such directory.
Result<bool> watch(int notices, const std::string& path, std::uint32_t what) {
  if (::inotify_add_watch(notices, path.c_str(), what) >= 0) return true;
  if (errno == ENOENT || errno == ENOTDIR) return false;
  return os_error(errno, "watch " + path);
}

/// Watches every directory of the path that exists; the last of them for the next one.
Result<> watch_path(int notices, const std::string& path) {
  std::string existing = "/";
  std::size_t end = 0;
  while (end != std::string::npos) {
    end = path.find('/', end + 1);
    const std::string part = path.substr(0, end);
    const std::uint32_t what = end == std::string::npos ? kFiles : kFolder;
    BERTH_TRY(bool there, watch(notices, part, what));
    if (!there) {
      BERTH_CHECK(watch(notices, existing, kWayThere));
      // It may have been made before that.
      BERTH_TRY(there, watch(notices, part, what));
    }
    if (!there) return ok();
    existing = part;
  }
  return ok();
}

}  // namespace

bool is_definition_file(std::string_view name) {
  return name.size() > 5 && name.front() != '.' && name.ends_with(".json");
}

Result<Texts> read_folder(const std::string& path) {
  Texts texts;
  Result<Dir> folder = Dir::open(path);
  if (folder.failed_with(Errc::NotFound)) return texts;
  if (!folder) return std::move(folder).error();
  BERTH_TRY(const std::vector<std::string> names, folder->list());
  for (const std::string& name : names) {
    if (!is_definition_file(name)) continue;
    Result<std::string> text = read_file_of(*folder, name);
    // Gone since it was listed: its removal is told, too.
    if (text.failed_with(Errc::NotFound) && !folder->exists(name)) continue;
    texts.insert_or_assign(name, std::move(text));
  }
  return texts;
}

Result<> FolderWatch::arm(const std::string& path) {
  boost::system::error_code ignored;
  notices_.close(ignored);
  UniqueFd fresh(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!fresh) return os_error(errno, "inotify");
  BERTH_CHECK(watch_path(fresh.get(), path));
  notices_.assign(fresh.release(), ignored);
  return ok();
}

Async<> FolderWatch::changed() {
  if (!notices_.is_open()) {
    asio::steady_timer never(notices_.get_executor(), std::chrono::steady_clock::time_point::max());
    co_await never.async_wait(use_result);
    co_return Error{Errc::Cancelled, 0, "nothing is watched"};
  }
  const auto [failed] =
      co_await notices_.async_wait(asio::posix::stream_descriptor::wait_read, use_result);
  if (failed) co_return asio_error(failed, "watch the directory");
  co_return ok();
}

}  // namespace berth
