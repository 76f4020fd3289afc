// table.hpp - an owner's table: as it should be, and the kernel held to it.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "firewall/ruleset.hpp"

namespace berth::firewall {

/// Knows every device and group there should be, and changes the kernel with each call by one
/// transaction. One for the daemon. Calls block (a few ms; up to 25 when something is taken away,
/// the kernel waits for RCU), so they run on Offload; from any thread, one after the other. They
/// act on the network namespace of the thread.
class Table {
 public:
  /// base: without devices and groups.
  explicit Table(Ruleset base) : rules_(std::move(base)) {}

  const std::string& name() const { return rules_.table; }

  /// Makes a device known without a word to the kernel: one from before, until the next change.
  void expect(Device device);
  void expect_groups(const std::vector<Group>& groups);

  /// Lets a device's packets through, and the groups it has be known as given. Makes the table when
  /// it is not there. The device need not exist yet.
  /// again: yes; with other settings they take the place of the old ones.
  /// fails: Invalid, NotFound (a group nobody knows), Exists (a port is published for another
  ///        device), Denied, Unavailable. Nothing has changed then.
  Result<> add(Device device, const std::vector<Group>& groups = {});

  /// again: yes; an unknown device is a success. Groups no device needs any more are forgotten.
  Result<> remove(const std::string& device);

  /// Groups as they are from now on; those that no device needs are passed over. `direct`: blocks
  /// reached without translation, in place of those before. Flows that are established go on.
  /// Makes the table when it is not there. fails: as add().
  Result<> follow(const std::vector<Group>& groups, std::vector<std::string> direct);

  /// From now on forwarding of a family is for our devices only; see Ruleset. Takes effect with the
  /// next add() or restore().
  void claim_forwarding(bool is_v6);

  /// Every device there should be. Waits for whoever is changing something.
  std::vector<Device> devices();
  /// Whether there is any; never waits.
  bool has_devices() const { return has_devices_; }

  /// Puts the whole table in place of what the kernel has: when somebody changed it.
  Result<> restore();

 private:
  Result<> change_to(Ruleset next, const std::string& devices, const std::string& doing);
  Result<> replace(Ruleset next);
  Result<> make(Ruleset next, const std::string& removal);
  Result<> run(const std::string& text, const std::string& doing);
  void take(Ruleset next);

  std::mutex mutex_;
  Ruleset rules_;
  std::atomic<bool> has_devices_{false};
  bool is_stale_ =
      true;  ///< the kernel may have another table than this: the next change replaces it
};

// These act on the network namespace of the calling thread, too.

/// Removes a table with everything in it. again: yes; a missing table is a success.
/// fails: Invalid, Denied, Unavailable.
Result<> remove_table(const std::string& table);

/// True when the kernel has the table. 0.02 ms by one netlink question, because `nft flush ruleset`
/// of somebody else takes ours with it.
/// fails: Denied, Broken.
Result<bool> exists(const std::string& table);

}  // namespace berth::firewall
