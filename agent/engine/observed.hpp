// observed.hpp - what the world can answer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "agent/engine/step.hpp"
#include "agent/model/network.hpp"
#include "agent/model/status.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"

namespace berth::engine {

/// One container as a look found it.
struct ContainerLook {
  enum class Kind : std::uint8_t { Absent, Created, Running, Stopped };
  Kind kind = Kind::Absent;
  std::optional<model::Exit> exit;  ///< with Stopped
  bool operator==(const ContainerLook&) const = default;
};

/// Everything of the task, as a look found it.
struct Looked {
  std::vector<ContainerLook> containers;  ///< one for each container of the task
  bool cgroup = false;                    ///< something of it is there; it may be half made
  bool network = false;                   ///< the same
  bool operator==(const Looked&) const = default;
};
/// One container, looked at on its own.
struct ContainerLooked {
  std::size_t container = 0;
  ContainerLook look;
  bool operator==(const ContainerLooked&) const = default;
};
/// The node's resources for the task are set aside.
struct Admitted {
  bool operator==(const Admitted&) const = default;
};
struct CgroupCreated {
  bool operator==(const CgroupCreated&) const = default;
};
struct NetworkCreated {
  std::vector<std::vector<model::PortBinding>> bindings = {};  ///< by container; may be empty
  std::vector<std::string> addresses = {};                     ///< that CNI plugins gave
  std::string doubts = {};  ///< what may stand in the way of its packets, for people
  bool operator==(const NetworkCreated&) const = default;
};
/// Nobody else on the LAN has the task's address, and it is known whose it is.
struct AddressClaimed {
  bool before = false;  ///< it was asked for before the task needed it
  bool operator==(const AddressClaimed&) const = default;
};
struct ImagePulled {
  std::size_t container = 0;
  std::string digest;
  std::string stop_signal;  ///< the image's; "" is SIGTERM
  WallTime began{};
  bool operator==(const ImagePulled&) const = default;
};
struct ImageNotPulled {
  std::size_t container = 0;
  bool resolved = false;  ///< false: the registry did not even say what the image's name means
  Error error;
  WallTime began{};
  bool operator==(const ImageNotPulled&) const = default;
};
struct ContainerCreated {
  std::size_t container = 0;
  bool operator==(const ContainerCreated&) const = default;
};
struct ContainerStarted {
  std::size_t container = 0;
  bool operator==(const ContainerStarted&) const = default;
};
struct ContainerExited {
  std::size_t container = 0;
  model::Exit exit;
  bool operator==(const ContainerExited&) const = default;
};
/// Those that wait for this container have waited for its whole startTimeout.
struct StartTimedOut {
  std::size_t container = 0;
  bool operator==(const StartTimedOut&) const = default;
};
/// Nothing of an ended container runs any more, and what its cgroup said last.
struct ExitExamined {
  std::size_t container = 0;
  bool cgroup_found = false;  ///< false: gone before it could be read, only of_task is known
  std::optional<model::OutOfMemory> out_of_memory;  ///< set when the kernel killed for memory
  int left_behind = 0;                              ///< processes that had to be killed
  /// All kills for memory in the task so far, where systemd takes an empty container's cgroup away.
  std::optional<model::OutOfMemory> of_task{};
  bool operator==(const ExitExamined&) const = default;
};
struct ContainerRestarted {
  std::size_t container = 0;
  bool operator==(const ContainerRestarted&) const = default;
};
/// The engine tells that the kernel killed in this container for memory.
struct OutOfMemory {
  std::size_t container = 0;
  bool operator==(const OutOfMemory&) const = default;
};
struct Probed {
  std::size_t container = 0;
  bool healthy = false;
  std::string output;  ///< why not, for the log
  bool operator==(const Probed&) const = default;
};
struct StopSignalled {
  std::size_t container = 0;
  bool operator==(const StopSignalled&) const = default;
};
struct Killed {
  std::size_t container = 0;
  bool operator==(const Killed&) const = default;
};
/// A step that could not be done. It does not unwind anything: it is seen like all else.
struct StepFailed {
  Step step;
  Error error;
  bool operator==(const StepFailed&) const = default;
};
/// The machine was started anew since the record was written: no process of it lives.
struct Rebooted {
  std::string boot_id;
  WallTime boot_began{};
  bool operator==(const Rebooted&) const = default;
};
/// Somebody has set the wall clock: this boot began at another moment of it than the record has.
struct ClockSet {
  WallTime boot_began;
  bool operator==(const ClockSet&) const = default;
};
/// Somebody wants it stopped.
struct StopRequested {
  /// The node's own reason; nullopt: the control plane's, which keeps it itself.
  std::optional<model::Fault> why = {};
  bool operator==(const StopRequested&) const = default;
};
/// The STOPPED report was taken.
struct FinalAccepted {
  bool operator==(const FinalAccepted&) const = default;
};
/// Events may have been missed.
struct LookAgain {
  bool operator==(const LookAgain&) const = default;
};
struct Released {
  bool operator==(const Released&) const = default;
};
struct CleanupDue {
  bool operator==(const CleanupDue&) const = default;
};
struct Cleaned {
  bool operator==(const Cleaned&) const = default;
};

using Sight =
    std::variant<Looked, ContainerLooked, Admitted, CgroupCreated, NetworkCreated, AddressClaimed,
                 ImagePulled, ImageNotPulled, ContainerCreated, ContainerStarted, ContainerExited,
                 StartTimedOut, ExitExamined, ContainerRestarted, OutOfMemory, Probed,
                 StopSignalled, Killed, StepFailed, Rebooted, ClockSet, StopRequested,
                 FinalAccepted, LookAgain, Released, CleanupDue, Cleaned>;

/// Something seen, and when.
struct Observed {
  WallTime at{};
  Sight what;
};

}  // namespace berth::engine
