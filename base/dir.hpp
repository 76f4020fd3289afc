// dir.hpp - files below one open directory.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace berth {

/// One open directory. Paths given to its functions are relative to it and never leave it upwards
/// ("..": Invalid). Production opens /sys/fs/cgroup, a test opens a tree it wrote itself.
class Dir {
 public:
  /// fails:  NotFound, Denied, Invalid (not a directory).
  static Result<Dir> open(const std::string& path);
  /// Makes the directory with its missing parents, then opens it.
  static Result<Dir> open_or_make(const std::string& path, unsigned mode = 0755);

  Result<Dir> sub(const std::string& path) const;

  /// The whole file, at most `limit` bytes. fails: NotFound, Denied, Exhausted (longer than limit).
  Result<std::string> read(const std::string& path, std::size_t limit = 1 << 20) const;
  /// Writes into a file that exists, as kernel files want it: one write, no create, no truncate.
  Result<> write(const std::string& path, std::string_view text) const;
  /// Replaces the file as a whole: temporary file, rename; `synced` adds fsync of file and
  /// directory.
  Result<> replace(const std::string& path, std::string_view text, unsigned mode = 0644,
                   bool synced = false) const;
  /// Makes one directory, or all missing ones with make_all. Exists is not an error for make_all.
  Result<> make(const std::string& path, unsigned mode = 0755) const;
  Result<> make_all(const std::string& path, unsigned mode = 0755) const;
  /// Removes a file or an empty directory. fails: NotFound, Exhausted (EBUSY), Invalid (ENOTEMPTY).
  Result<> remove(const std::string& path) const;
  /// Removes a tree of ordinary files, does not follow links. Nothing there is a success.
  Result<> remove_all(const std::string& path) const;
  bool exists(const std::string& path) const;
  bool is_dir(const std::string& path) const;
  /// Names in the directory ("" is this one), without "." and "..", sorted.
  Result<std::vector<std::string>> list(const std::string& path = "") const;

  const std::string& path() const { return path_; }  ///< as opened, for messages
  int fd() const { return fd_.get(); }

 private:
  Dir(UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  UniqueFd fd_;
  std::string path_;
};

/// A whole file by its absolute path, at most `limit` bytes.
Result<std::string> read_file(const std::string& path, std::size_t limit = 1 << 20);

/// Dir::remove_all() by an absolute path. Nothing there, nor the folder it would be in, is a
/// success.
Result<> remove_tree(const std::string& path);

}  // namespace berth
