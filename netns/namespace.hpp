// namespace.hpp - network namespaces that live by a name in a directory (pins), not by a process.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "netns/netlink.hpp"

namespace berth::netns {

/// An open network namespace: itself, and a socket to configure it from any thread. Closing it
/// changes nothing in the kernel as long as its pin is there.
struct Namespace {
  UniqueFd fd;
  std::unique_ptr<Netlink> netlink;
};

/// Runs `work` in a thread of its own that has entered the namespace of that descriptor and ends
/// with the call; the caller's thread stays where it is. About 0.1 ms. fails: Denied, Exhausted
/// (threads); besides, as `work` does.
Result<> run_inside(int netns, const std::function<Result<>()>& work);

/// The same in a namespace made for it, which ends with the call and all that was made there.
/// fails: Denied, Exhausted (threads, namespaces); besides, as `work` does.
Result<> run_in_fresh(const std::function<Result<>()>& work);

/// Our namespaces among those pinned in one directory, as `ip netns` keeps them, so that
/// `ip netns exec berth--<name> ...` works. A pin is the file `<prefix>--<name>` with the namespace
/// mounted on it. Two dashes, because a prefix (a containerd namespace's name) never holds two in a
/// row: "berth" does not take the pins of "berth-lab" for its own.
///
/// A value; used from any thread, but two threads never work on one name at once. The threads it
/// starts for itself end before the call does; the caller's thread never changes its namespace.
class Pins {
 public:
  Pins(std::string directory, std::string prefix)
      : directory_(std::move(directory)), prefix_(std::move(prefix)) {}

  /// Makes the directory, a shared mount of its own: a namespace unmounted here is then unmounted
  /// in every mount namespace that saw it, and can end. again: yes. fails: Denied. source:
  /// iproute2, ip-netns(8).
  Result<> make_directory() const;
  /// False before make_directory(), and after somebody removed it with its last pin.
  bool has_directory() const;
  /// Removes the directory and its mount when nobody's pin is left in it. again: yes; whoever needs
  /// it makes it again. fails: Denied.
  Result<> remove_empty_directory() const;

  /// Makes a namespace and pins it, or opens the one pinned already. About 0.4 ms.
  /// again: yes; a pin without a namespace (a crash in between) is completed.
  /// fails: Invalid (name), Denied, Exhausted (namespaces).
  Result<Namespace> create(const std::string& name) const;
  /// fails: Invalid (name), NotFound (no pin, or nothing mounted on it).
  Result<Namespace> open(const std::string& name) const;
  /// True when there is a pin, also a half-made one.
  bool has(const std::string& name) const;
  /// Removes the pin. With the last process and descriptor gone the kernel ends the namespace and
  /// its devices on its own, some 20 ms later; nobody waits for that. again: yes.
  /// fails: Invalid (name), Denied.
  Result<> remove(const std::string& name) const;
  /// The names of all pins of this prefix, also half-made ones.
  Result<std::vector<std::string>> list() const;

  std::string label_of(const std::string& name) const { return prefix_ + "--" + name; }
  std::string path_of(const std::string& name) const { return directory_ + "/" + label_of(name); }

 private:
  std::string directory_;
  std::string prefix_;
};

}  // namespace berth::netns
