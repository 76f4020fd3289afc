// private_containerd.hpp - a containerd of the test's own, with a small image in it.
#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace berth::testing {

/// A real containerd whose socket and data are in a scratch folder. What it started is gone when
/// this is: processes, shims, mounts, cgroups below cgroup_root(). Needs root; throws when it
/// cannot start.
class PrivateContainerd {
 public:
  PrivateContainerd();
  ~PrivateContainerd();
  PrivateContainerd(const PrivateContainerd&) = delete;
  PrivateContainerd& operator=(const PrivateContainerd&) = delete;

  const std::string& scratch() const { return scratch_; }
  std::string socket() const { return scratch_ + "/containerd.sock"; }
  /// The containerd namespace to use: runc keeps state by this name for the whole host.
  const std::string& namespace_name() const { return namespace_; }
  std::string cgroup_root() const { return "/" + namespace_; }

  /// Ends containerd at once (SIGKILL), as a crash would; containers go on.
  void crash();
  /// Starts it again on the same data; returns when it answers.
  void start();

  /// Makes a committed snapshot and returns its key. Paths in `files` are relative.
  ///
  /// parent:  key of the snapshot below; "" is none.
  std::string add_layer(const std::string& key, const std::string& parent,
                        const std::map<std::string, std::string>& files);
  /// The key of a snapshot with busybox and the users root (groups 0 and 10) and web (101:102, also
  /// in group 103); made at the first call.
  std::string busybox();

  std::vector<pid_t> shims() const;         ///< of this containerd, alive
  bool wait_until_no_shims() const;         ///< false when some are there after 5 s
  std::vector<std::string> mounts() const;  ///< targets below scratch()

 private:
  std::string make_layer(const std::string& key, const std::string& parent,
                         const std::function<void(const std::string& dir)>& fill);

  std::string scratch_;
  std::string namespace_;
  std::string busybox_;
  std::string program_;
  pid_t pid_ = -1;
};

}  // namespace berth::testing
