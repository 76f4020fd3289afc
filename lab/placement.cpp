// placement.cpp - which instance a task goes to, and why not to the others; pure.
#include "lab/placement.hpp"

#include <algorithm>

#include "controlplane/definition/gpus.hpp"
#include "controlplane/definition/task_definition.hpp"

namespace berth::lab {

namespace {

/// The override of one container; an empty object when there is none.
Json override_of(const Json& overrides, const std::string& name) {
  for (const auto& one : overrides.value("containerOverrides", Json::array())) {
    if (one.value("name", "") == name) return one;
  }
  return Json::object();
}

void add_ports(Demand& demand, const Json& container) {
  for (const auto& port : container.value("portMappings", Json::array())) {
    const std::int64_t host = port.value("hostPort", std::int64_t{0});
    if (host == 0) continue;  // the agent picks one
    auto& ports = port.value("protocol", "tcp") == "udp" ? demand.udp_ports : demand.tcp_ports;
    ports.push_back(std::to_string(host));
  }
}

bool any_taken(const std::vector<std::string>& wanted, const std::set<std::string>& taken) {
  return std::any_of(wanted.begin(), wanted.end(),
                     [&taken](const auto& port) { return taken.contains(port); });
}

/// Attributes without which a task cannot run on an instance.
bool has_attributes(const Placement& placement, const Instance& instance) {
  if (placement.demand.own_interface && !instance.attribute("ecs.capability.task-eni")) {
    return false;
  }
  const auto architecture = instance.attribute("ecs.cpu-architecture");
  return placement.architecture.empty() || !architecture || *architecture == placement.architecture;
}

}  // namespace

Demand demand_of(const Json& definition, const Json& overrides) {
  Demand demand;
  demand.own_interface = definition.value("networkMode", "") == "awsvpc";
  for (const auto& container : definition["containerDefinitions"]) {
    const Json changed = override_of(overrides, container["name"]);
    auto number = [&](const char* name, std::int64_t otherwise) {
      return changed.value(name, container.value(name, otherwise));
    };
    demand.cpu += number("cpu", 0);
    demand.memory_mib += number("memoryReservation", number("memory", 0));
    if (!demand.own_interface) add_ports(demand, container);
    demand.gpus += definition::gpus_of(container, changed);
  }
  auto task_level = [&](const char* name, auto parse, std::int64_t& amount) {
    const std::string text = overrides.value(name, definition.value(name, std::string()));
    if (const auto size = parse(text)) amount = *size;
  };
  task_level("cpu", definition::cpu_units, demand.cpu);
  task_level("memory", definition::memory_mib, demand.memory_mib);
  return demand;
}

std::optional<std::string> obstacle(const Placement& placement, const Candidate& candidate) {
  const Demand& demand = placement.demand;
  if (!candidate.connected) return "AGENT";
  if (!has_attributes(placement, *candidate.instance)) return "ATTRIBUTE";
  const Subject subject = subject_of(candidate);
  for (const Expression& expression : placement.expressions) {
    if (!expression.holds(subject)) return "MemberOf placement constraint unsatisfied.";
  }
  if (placement.distinct_instance &&
      std::count(candidate.groups.begin(), candidate.groups.end(), placement.group) > 0) {
    return "DistinctInstance placement constraint unsatisfied.";
  }
  if (demand.cpu > candidate.remaining.cpu) return "RESOURCE:CPU";
  if (demand.memory_mib > candidate.remaining.memory_mib) return "RESOURCE:MEMORY";
  if (any_taken(demand.tcp_ports, candidate.remaining.tcp_ports) ||
      any_taken(demand.udp_ports, candidate.remaining.udp_ports)) {
    return "RESOURCE:PORTS";
  }
  if (demand.gpus > static_cast<std::int64_t>(candidate.remaining.gpus.size())) {
    return "RESOURCE:GPU";
  }
  if (demand.own_interface && candidate.no_address) return std::string(kNoInterface);
  return std::nullopt;
}

std::optional<std::size_t> choose(const Placement& placement,
                                  const std::vector<Candidate>& candidates, Random& random) {
  std::vector<std::size_t> fitting;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (!obstacle(placement, candidates[i])) fitting.push_back(i);
  }
  if (fitting.empty()) return std::nullopt;
  auto weight = [&](std::size_t i) -> std::int64_t {
    switch (placement.strategy) {
      case Placement::Strategy::BinpackCpu: return candidates[i].remaining.cpu;
      case Placement::Strategy::BinpackMemory: return candidates[i].remaining.memory_mib;
      case Placement::Strategy::Random: return static_cast<std::int64_t>(random.below(1 << 20));
      case Placement::Strategy::Spread: break;
    }
    return static_cast<std::int64_t>(candidates[i].groups.size());
  };
  std::size_t best = fitting.front();
  std::int64_t least = weight(best);
  for (std::size_t i : fitting) {
    if (const std::int64_t own = i == best ? least : weight(i); own < least) {
      least = own;
      best = i;
    }
  }
  return best;
}

void take(Capacity& remaining, const Demand& demand) {
  remaining.cpu -= demand.cpu;
  remaining.memory_mib -= demand.memory_mib;
  remaining.tcp_ports.insert(demand.tcp_ports.begin(), demand.tcp_ports.end());
  remaining.udp_ports.insert(demand.udp_ports.begin(), demand.udp_ports.end());
  for (const std::string& id : demand.gpu_ids) std::erase(remaining.gpus, id);
}

void give_gpus(Task& task, const std::vector<std::string>& free) {
  auto next = free.begin();
  for (TaskContainer& container : task.containers) {
    for (std::int64_t given = 0; given < container.gpus && next != free.end(); ++given) {
      container.gpu_ids.push_back(*next);
      task.demand.gpu_ids.push_back(*next++);
    }
  }
}

Subject subject_of(const Candidate& candidate) {
  return [&candidate](std::string_view name) -> std::vector<std::string> {
    const Instance& instance = *candidate.instance;
    if (name.starts_with("attribute:")) {
      const auto value = instance.attribute(name.substr(10));
      return value ? std::vector{*value} : std::vector<std::string>{};
    }
    if (name == "agentConnected") return {candidate.connected ? "true" : "false"};
    if (name == "agentVersion") return {instance.agent_version};
    if (name == "ec2InstanceId") return {instance.attribute("ecs.instance-id").value_or("")};
    if (name == "registeredAt") return {iso8601(instance.registered_at)};
    if (name == "runningTasksCount") return {std::to_string(candidate.groups.size())};
    if (name == "task:group") return candidate.groups;
    return {};
  };
}

}  // namespace berth::lab
