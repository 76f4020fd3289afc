// placement.hpp - which instance a task goes to, and why not to the others; pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "lab/expression.hpp"
#include "lab/instance.hpp"
#include "lab/task.hpp"

namespace berth::lab {

/// failures[].reason when no address is left.
inline constexpr std::string_view kNoInterface = "RESOURCE:ENI";

/// An instance as placement sees it.
struct Candidate {
  const Instance* instance = nullptr;
  Capacity remaining;
  bool connected = false;
  std::vector<std::string> groups;  ///< of the live tasks on it, one entry for each task
  /// Why one more task cannot have an interface in any of the subnets asked for.
  std::optional<std::string> no_address{};
};

/// What is to be placed.
struct Placement {
  Demand demand;
  std::string group;
  std::string architecture;             ///< "x86_64", "arm64"; "" is any
  std::vector<Expression> expressions;  ///< memberOf, of the definition and of the request
  bool distinct_instance = false;
  enum class Strategy : std::uint8_t {
    Spread,
    BinpackCpu,
    BinpackMemory,
    Random
  } strategy = Strategy::Spread;
};

/// What a task of this definition needs; `overrides` is the TaskOverride of the request.
/// source: ECS, task level sizes go before the sum of the containers'; a container counts with its
/// memoryReservation, else its memory.
Demand demand_of(const Json& definition, const Json& overrides);

/// nullopt when it fits; else the reason as failures[] has it: "AGENT", "ATTRIBUTE",
/// "RESOURCE:CPU", "RESOURCE:MEMORY", "RESOURCE:PORTS", "RESOURCE:GPU", "RESOURCE:ENI",
/// "MemberOf placement constraint unsatisfied.", "DistinctInstance placement constraint
/// unsatisfied."
std::optional<std::string> obstacle(const Placement& placement, const Candidate& candidate);

/// The place of the chosen candidate in the list; nullopt when none fits.
std::optional<std::size_t> choose(const Placement& placement,
                                  const std::vector<Candidate>& candidates, Random& random);

/// Takes a task's share out of what remains.
void take(Capacity& remaining, const Demand& demand);

/// Gives each container as many of the free GPUs as it asks for; there are enough.
void give_gpus(Task& task, const std::vector<std::string>& free);

/// What expressions and list filters can ask of an instance.
Subject subject_of(const Candidate& candidate);

}  // namespace berth::lab
