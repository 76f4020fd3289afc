// table.hpp - berth's table in the kernel: brought about, looked for, removed.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "firewall/ruleset.hpp"

namespace berth::firewall {

// All of these act on the network namespace of the calling thread. Those that say so load
// libnftables; of them only one may run at a time in the whole program (see nftables.hpp).

/// Brings the rules about, as one transaction. 3 ms when the table is new, else up to 25.
/// again: yes. fails: Invalid, Denied, Unavailable. loads libnftables.
Result<> apply(const Ruleset& rules);

/// Removes the table with everything in it. again: yes; a missing table is a success.
/// fails: Invalid, Denied, Unavailable. loads libnftables, when there is something to remove.
Result<> remove(const std::string& table);

/// True when the kernel has the table. 0.02 ms by one netlink question; for every new task, because
/// `nft flush ruleset` of somebody else takes ours with it.
/// fails: Denied, Broken.
Result<bool> exists(const std::string& table);

/// Chains of others that may drop what is forwarded, whatever our table says; see ruleset.hpp.
/// Rules of old iptables (x_tables in the kernel) cannot be seen. fails: Denied, Unavailable. loads
/// libnftables.
Result<std::vector<std::string>> find_forward_drops(const std::string& own_table);

}  // namespace berth::firewall
