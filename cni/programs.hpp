// programs.hpp - where plugins are, and which versions of the protocol each knows.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "base/async.hpp"
#include "base/result.hpp"

namespace berth::cni {

/// The programs of plugins in a few folders. From any thread.
class Programs {
 public:
  /// directories: absolute paths; the first that has a plugin wins.
  explicit Programs(std::vector<std::string> directories) : directories_(std::move(directories)) {}

  const std::vector<std::string>& directories() const { return directories_; }

  /// The path of a plugin's program. fails: NotFound, naming the places looked in.
  Result<std::string> find(const std::string& type) const;

  /// What the program answers to VERSION. It is asked once, and again when its file was replaced.
  ///
  /// fails:  as run_plugin() and judge(); Invalid (an answer that is none).
  Result<std::vector<std::string>> versions_of(const std::string& type, Deadline by) const;

 private:
  struct Identity {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t size = 0;
    std::int64_t changed_ns = 0;
    auto operator<=>(const Identity&) const = default;
  };
  static Result<Identity> identity_of(const std::string& path);

  std::vector<std::string> directories_;
  mutable std::mutex mutex_;
  mutable std::map<Identity, std::vector<std::string>> known_;
};

}  // namespace berth::cni
