// nftables.hpp - libnftables, there only while it is needed.
#pragma once

#include <string>

#include "base/result.hpp"

namespace berth::firewall {

/// Whether rules are listed with the numbers by which they are deleted: "# handle 7".
enum class Handles : bool { Hidden, Shown };

/// Runs one text of nft's language as one transaction, in the network namespace of the calling
/// thread; all of it happens or nothing.
///
/// The library is loaded for the call and unloaded after it, unless KeepNftables says not yet, and
/// the heap it used is given back: linked in and used once it holds 2.2 MiB of a process that idles
/// for weeks, so it holds 0.75 MiB (Debian 12, libnftables 1.0.6). Loading costs 1 ms, and closing
/// 10-20 ms when the transaction removed anything (RCU); calls are rare.
///
/// Calls of several threads wait for each other: libnftables keeps global state.
/// fails:  NotFound (a table, a chain), Denied, Invalid (nft refuses the text, its words in the
///         message), Unavailable (no libnftables.so.1 on this machine).
/// returns what the text printed.
Result<std::string> run_nftables(const std::string& text, Handles handles = Handles::Hidden);

/// Keeps the library loaded over several calls, of this thread or of others: what loading costs is
/// then paid once. Loads nothing by itself.
class KeepNftables {
 public:
  KeepNftables();
  ~KeepNftables();
  KeepNftables(const KeepNftables&) = delete;
};

}  // namespace berth::firewall
