// object.hpp - one thing in the kernel or in containerd that berth made.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace berth::ledger {

enum class ObjectKind : std::uint8_t {
  Process,     ///< of a container, with its shim; named by the container's id
  Container,   ///< containerd's record; named by its id
  Snapshot,    ///< a container's file system; named by the container's id
  Shim,        ///< a process of containerd's; named by the container it was started for
  Attachment,  ///< to a CNI network; by the name its plugins know it by
  Netns,       ///< a pinned network namespace; the path of its pin
  Interface,   ///< the host's end of a veth; its alias
  Ifb,         ///< the device by which a limit on what is sent works; its alias
  LanAnswer,   ///< the host answers for a task on the LAN; the alias of its interface
  Cgroup,      ///< its path, the same in every hierarchy
  Files,       ///< the folder of a task's files; its path
  Logs,        ///< the folder of a task's spools; its path
  Lease,       ///< of a pull; its id
  NftTable,    ///< its name
  Address,     ///< of the host's loopback; with its prefix
  Forwarding,  ///< of packets by the host; the name of the setting
};

/// As `berth audit` and the log name it: "container", "network namespace", ...
std::string_view name_of(ObjectKind kind);

struct Object {
  ObjectKind kind = ObjectKind::Process;
  std::string name;
  std::string task;  ///< id of the task whose it is, by its name; "" for what is nobody's or all's
  auto operator<=>(const Object&) const = default;
};

}  // namespace berth::ledger
