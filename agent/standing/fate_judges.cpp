// fate_judges.cpp - fields of which the value, or the node, decides.
#include <algorithm>
#include <cctype>

#include "agent/standing/fates.hpp"
#include "controlplane/definition/gpus.hpp"

namespace berth::standing::detail {

namespace {

bool is_of_a_file(const Node& node) {
  return node.sender == Sender::File;
}

Ruling honoured(std::string words) {
  return {Fate::Honoured, std::move(words)};
}
Ruling emulated(std::string words) {
  return {Fate::Emulated, std::move(words)};
}
Ruling ignored(std::string words) {
  return {Fate::Ignored, std::move(words)};
}

/// An interface of the task's own: a NIC where there are such, else one that the node makes.
Ruling own_interface(const Field& field) {
  const std::string& driver = field.node.eni_driver;
  const bool names_network = field.definition.contains("networkConfiguration");
  if (is_of_a_file(field.node) && !(driver == "cni" && !names_network)) {
    return emulated("an interface in a network of network.d, which the node makes; no ENI");
  }
  if (driver == "hotplug") return honoured("the NIC that is plugged in for the task");
  if (driver == "cni") return emulated("the interface that the plugins of the CNI network make");
  return emulated("an interface that the node makes by driver \"" + driver + "\"; no ENI");
}

std::string cpu_name(const std::string& architecture) {
  if (architecture == "x86_64") return "X86_64";
  if (architecture == "arm64") return "ARM64";
  return architecture;
}

}  // namespace

std::optional<Ruling> judge_network_mode(const Field& field) {
  const std::string mode = network_mode_of(field.definition);
  if (mode == "awsvpc") return own_interface(field);
  if (mode == "host") return honoured("the host's own network");
  if (mode == "none") return honoured("a loopback device and nothing else");
  return honoured("each container has an address of the node's own subnet");
}

std::optional<Ruling> judge_task_size(const Field& field) {
  if (field.node.rules.task_limits) return std::nullopt;
  return ignored(
      "ECS_ENABLE_TASK_CPU_MEM_LIMIT is off: it counts when the node is shared out, "
      "and limits nothing");
}

std::optional<Ruling> judge_placement(const Field& field) {
  if (is_of_a_file(field.node)) return ignored("a task of a file is for the node of the file");
  return honoured("the control plane chooses nodes by it; it is not looked at here");
}

std::optional<Ruling> judge_architecture(const Field& field) {
  const std::string own = cpu_name(field.node.facts.architecture);
  if (field.value == own) return honoured("this node is " + own);
  return ignored("this node is " + own + ", and runs what the image has for that, if it has");
}

std::optional<Ruling> judge_system(const Field& field) {
  if (field.value == "LINUX") return honoured("this node runs Linux");
  return ignored("this node runs Linux, and what the image has for that, if it has");
}

std::optional<Ruling> judge_subnets(const Field& field) {
  if (is_of_a_file(field.node)) return honoured("the network of network.d that has this name");
  return honoured("the control plane chooses the address; not part of a definition");
}

std::optional<Ruling> judge_groups(const Field& field) {
  if (field.node.sender == Sender::AmazonEcs) {
    return ignored("Amazon ECS tells an agent nothing of groups: they are the VPC's business");
  }
  if (is_of_a_file(field.node)) return honoured("nftables, as files of network.d describe them");
  return honoured("nftables, as the control plane describes them; berth-lab does");
}

std::optional<Ruling> judge_public_ip(const Field& field) {
  if (field.value == "DISABLED") return honoured("the node has no public addresses to give");
  return ignored("the node has no public addresses to give");
}

std::optional<Ruling> judge_host_volume(const Field& field) {
  if (!field.value.value("sourcePath", "").empty()) {
    return honoured("a directory of the host; made when it is missing");
  }
  return emulated("an empty directory, gone with the task; what the image has there is not copied");
}

std::optional<Ruling> judge_port(const Field& field) {
  const std::string mode = network_mode_of(field.definition);
  if (mode == "bridge") return honoured("published on the host");
  if (mode == "host") return honoured("the host's own port, kept from other tasks");
  if (mode == "awsvpc") return honoured("reached at the task's own address; nothing is published");
  return ignored("there is no network to be reached by");
}

std::optional<Ruling> judge_port_range(const Field& field) {
  const std::string mode = network_mode_of(field.definition);
  if (mode == "host") return ignored("the host's own ports; they are not kept from other tasks");
  return judge_port(field);
}

std::optional<Ruling> judge_max_swap(const Field& field) {
  if (!field.container.contains("memory")) {
    return ignored("counts beside a memory limit of the container, which has none");
  }
  if (!field.node.facts.cgroups.counts_swap) {
    return ignored("this kernel does not account swap");
  }
  return std::nullopt;
}

std::optional<Ruling> judge_bandwidth(const Field& field) {
  if (network_mode_of(field.definition) == "awsvpc" && field.node.eni_driver == "cni") {
    return honoured("by the plugin with the capability bandwidth; without one the start fails");
  }
  return honoured("held by the kernel on the task's interface");
}

std::optional<Ruling> judge_io_weight(const Field& field) {
  const model::CgroupFacts& cgroups = field.node.facts.cgroups;
  const std::string which = !cgroups.has_bfq_weight ? "that blk-iocost is turned on for"
                            : cgroups.has_io_weight
                                ? "that bfq schedules or blk-iocost is turned on for"
                                : "that bfq schedules";
  return honoured("a weight at disks " + which + "; others share as they come");
}

std::optional<Ruling> judge_ulimits(const Field& field) {
  const model::NodeFacts& facts = field.node.facts;
  if (facts.may_raise_limits) return std::nullopt;
  for (const Json& one : field.value) {
    const std::string name = one.value("name", "");
    std::string known = "RLIMIT_";
    for (const unsigned char c : name) known += static_cast<char>(std::toupper(c));
    const auto ceiling = facts.rlimit_ceilings.find(known);
    if (ceiling == facts.rlimit_ceilings.end() || !ceiling->second) continue;
    const std::int64_t hard = one.value("hardLimit", std::int64_t{0});
    if (hard >= 0 && static_cast<std::uint64_t>(hard) <= *ceiling->second) continue;
    return emulated(name + " is cut to " + std::to_string(*ceiling->second) +
                    ", berthd's own: it may not raise limits");
  }
  return std::nullopt;
}

std::optional<Ruling> judge_log_driver(const Field& field) {
  const std::string driver = field.value;
  if (driver == "json-file") return emulated("kept in files of berth's own, for berth logs");
  if (driver == "none") return emulated("kept all the same, within bounds, for berth logs");
  return ignored("output is kept on this node, for berth logs; nothing is sent to " + driver);
}

std::optional<Ruling> judge_health_check(const Field& field) {
  const Json command = field.value.value("command", Json::array());
  if (!command.empty() && command[0] == "NONE") return honoured("there is none");
  return std::nullopt;
}

std::optional<Ruling> judge_resources(const Field& field) {
  const bool has_others = std::any_of(field.value.begin(), field.value.end(), [](const Json& one) {
    return one.value("type", "") != "GPU";
  });
  if (has_others) return ignored("this agent gives GPUs and nothing else");
  return honoured("GPUs that nobody else has while the task lives");
}

std::optional<Ruling> judge_restarts(const Field& field) {
  if (field.value.value("enabled", false)) return std::nullopt;
  return honoured("it is off");
}

}  // namespace berth::standing::detail
