// fake_tree.hpp - a directory tree that looks like mounted cgroup hierarchies.
#pragma once

#include <map>
#include <string>

#include "base/dir.hpp"
#include "cgroups/tree.hpp"

namespace berth::cgroups::testing {

using Files = std::map<std::string, std::string>;

/// A temporary folder with files in it; gone with the object.
class FakeTree {
 public:
  FakeTree();
  ~FakeTree();
  FakeTree(const FakeTree&) = delete;

  /// Writes the files (their folders are made), contents as given.
  void add(const Files& files);
  std::string text(const std::string& file) const;
  /// Opens it by one v1 mount for each name in `controllers` (comma-separated sets are one mount).
  Hierarchy v1(const std::vector<std::string>& controllers) const;
  /// Opens the folder itself as a cgroup2 mount.
  Hierarchy v2() const;

  const std::string& path() const { return path_; }
  const Dir& dir() const { return dir_; }

 private:
  std::string path_;
  Dir dir_;
};

/// The files of a fresh v1 cgroup, per controller: "memory/<path>/memory.limit_in_bytes", ...
Files fresh_v1(const std::string& path);
/// The files of a fresh v2 cgroup.
Files fresh_v2(const std::string& path);

}  // namespace berth::cgroups::testing
