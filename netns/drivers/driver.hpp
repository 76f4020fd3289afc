// driver.hpp - one way to give a network namespace its interface.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "netns/namespace.hpp"
#include "netns/spec.hpp"

namespace berth::netns {

/// The part of a network that reaches out of the namespace. Holds settings, no state: the kernel
/// remembers. Calls block, so they run on Offload; several names at once are fine, two calls for
/// one name are not.
class Driver {
 public:
  virtual ~Driver() = default;

  /// Gives the namespace its interface with addresses and default route.
  ///
  /// name:  whose interface; opaque. The host's devices are named after it.
  /// again: yes; what is there stays, what is half made is completed.
  /// fails: Invalid (names the field), Exists (a device of another owner has the name), Denied,
  ///        Exhausted.
  virtual Result<> attach(const std::string& name, const OwnInterface& own,
                          Namespace& into) const = 0;
  /// Removes what attach() made on the host, now: it waits for the kernel (16-20 ms). Where that
  /// matters drop the namespace instead, and the kernel does it later.
  /// again: yes. fails: Denied.
  virtual Result<> detach(const std::string& name) const = 0;
  /// Removes what the kernel would leave on the host when the namespace ends: nothing, but for an
  /// interface with a limit on what it sends. again: yes. fails: Denied.
  virtual Result<> drop(const std::string& name) const = 0;
  /// Whose interfaces there are on the host, in no order; for audits.
  virtual Result<std::vector<std::string>> attached() const = 0;
  /// Who has something that drop() removes.
  virtual Result<std::vector<std::string>> shaped() const = 0;
};

}  // namespace berth::netns
