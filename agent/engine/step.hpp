// step.hpp - what can be asked of the world for one task.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace berth::engine {

/// Each kind is done by one file of agent/steps and answered by one kind of Observed. All are safe
/// to repeat.
enum class StepKind : std::uint8_t {
  Look,            ///< what is really there: containers, network, cgroup
  AwaitResources,  ///< waits in the node's queue until CPU, memory and ports are free
  CreateCgroup,
  CreateNetwork,
  ClaimAddress,  ///< asks a LAN whether the task's address is in use, then says whose it is
  PullImage,
  CreateContainer,
  StartContainer,
  AwaitStartTimeout,  ///< waits until a dependency's startTimeout has passed
  CheckHealth,        ///< waits for the next probe's time, probes once
  ExamineExit,        ///< waits until an ended container is empty; why it ended
  RestartContainer,   ///< starts an ended container again, as its restart policy wants
  SignalContainer,    ///< sends the stop signal
  KillContainer,      ///< waits for the stop timeout's end, then sends SIGKILL to all of it
  ConfirmExit,        ///< after SIGKILL: waits for a while, then looks at the container
  Release,            ///< processes, network and cgroup away; a stopped task keeps only its files
  AwaitCleanup,       ///< waits until the stopped task may be forgotten
  Clean,              ///< containers, snapshots, files and logs away
};

std::string_view name_of(StepKind kind);

/// One thing to do. `container` is an index into the task's containers where the kind needs one.
struct Step {
  StepKind kind = StepKind::Look;
  std::optional<std::size_t> container;
  auto operator<=>(const Step&) const = default;
};

/// "PullImage[0]": unique within a task; its coroutine's name.
std::string name_of(const Step& step);

}  // namespace berth::engine
