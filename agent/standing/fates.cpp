// fates.cpp - a row for each field of a task definition, as ECS has them.
#include "agent/standing/fates.hpp"

#include <algorithm>
#include <array>

namespace berth::standing {

namespace {

using enum Fate;
using namespace detail;

constexpr std::string_view kShared =
    "the containers of a task share its files in this network mode, and have the host's servers";

// source of the names: ECS API, RegisterTaskDefinition; networkConfiguration: RunTask.
constexpr auto kRows = std::to_array<Row>({
    {"family", Honoured, "names the task"},
    {"taskRoleArn", Ignored, "this agent gives out no keys of roles yet: the containers get none"},
    {"executionRoleArn", Ignored,
     "images are pulled with the node's own logins, and nothing else asks for this role"},
    {"networkMode", Honoured, "", "", judge_network_mode},
    {"cpu", Honoured, "a quota on the task's cgroup", "", judge_task_size},
    {"memory", Honoured, "a limit on the task's cgroup", "", judge_task_size},
    {"tags", Ignored, "stay with what is registered; an agent never hears of them"},
    {"pidMode", Honoured, "the processes are among the host's own"},
    {"ipcMode", Honoured, "",
     "each container has IPC resources of its own anyway; it keeps its /dev/shm"},
    {"placementConstraints", Honoured, "", "", judge_placement},
    {"requiresCompatibilities", Honoured, "", "", judge_placement},
    {"proxyConfiguration.type", Honoured, "TCP is redirected in the task's own namespace"},
    {"proxyConfiguration.containerName", Honoured, "the container of the proxy"},
    {"proxyConfiguration.properties", Honoured, "what is redirected, and what is not", "in part: "},
    {"ephemeralStorage", Ignored, "the task shares the node's disk and has no size of its own"},
    {"runtimePlatform.cpuArchitecture", Honoured, "", "", judge_architecture},
    {"runtimePlatform.operatingSystemFamily", Honoured, "", "", judge_system},
    {"inferenceAccelerators", Ignored, "this agent gives none"},
    {"enableFaultInjection", Ignored, "this agent has no fault endpoints"},
    {"networkConfiguration.awsvpcConfiguration.subnets", Honoured, "", "", judge_subnets},
    {"networkConfiguration.awsvpcConfiguration.securityGroups", Honoured, "", "", judge_groups},
    {"networkConfiguration.awsvpcConfiguration.assignPublicIp", Honoured, "", "", judge_public_ip},

    {"volumes[].name", Honoured, "what mountPoints call it"},
    {"volumes[].host", Honoured, "", "", judge_host_volume},
    {"volumes[].dockerVolumeConfiguration", Refused, "there are no volume drivers"},
    {"volumes[].efsVolumeConfiguration", Refused, "EFS cannot be mounted by this agent"},
    {"volumes[].fsxWindowsFileServerVolumeConfiguration", Refused, "FSx is not for Linux"},
    {"volumes[].s3filesVolumeConfiguration", Refused, "S3 cannot be mounted by this agent"},
    {"volumes[].configuredAtLaunch", Refused, "EBS volumes cannot be attached by this agent"},

    {"containerDefinitions[].name", Honoured, "names the container"},
    {"containerDefinitions[].image", Honoured, "pulled as ECS_IMAGE_PULL_BEHAVIOR says"},
    {"containerDefinitions[].repositoryCredentials", Ignored,
     "the image is pulled with the node's own logins: ECS_ENGINE_AUTH_DATA"},
    {"containerDefinitions[].cpu", Honoured, "a weight among the node's processes; no cap"},
    {"containerDefinitions[].memory", Honoured, "a limit on the container's cgroup"},
    {"containerDefinitions[].memoryReservation", Honoured,
     "set aside on the node; the last to be reclaimed"},
    {"containerDefinitions[].links", Emulated,
     "names in the hosts file; no variables, as links of Docker make",
     "links go with network mode bridge alone"},
    {"containerDefinitions[].portMappings[].containerPort", Honoured, "", "", judge_port},
    {"containerDefinitions[].portMappings[].hostPort", Honoured, "", "", judge_port},
    {"containerDefinitions[].portMappings[].protocol", Honoured, "", "", judge_port},
    {"containerDefinitions[].portMappings[].containerPortRange", Honoured, "", "",
     judge_port_range},
    {"containerDefinitions[].portMappings[].name", Ignored, "only Service Connect asks for it"},
    {"containerDefinitions[].portMappings[].appProtocol", Ignored,
     "only Service Connect asks for it"},
    {"containerDefinitions[].essential", Honoured, "whether its end is the task's"},
    {"containerDefinitions[].restartPolicy", Honoured, "the same container is started again", "",
     judge_restarts},
    {"containerDefinitions[].entryPoint", Honoured, "in place of the image's"},
    {"containerDefinitions[].command", Honoured, "in place of the image's"},
    {"containerDefinitions[].environment", Honoured, "over the image's"},
    {"containerDefinitions[].environmentFiles", Refused, "they cannot be fetched by this agent"},
    {"containerDefinitions[].mountPoints", Honoured, "bind mounts of the task's volumes"},
    {"containerDefinitions[].volumesFrom", Refused, "not supported by this agent version"},
    {"containerDefinitions[].linuxParameters.capabilities", Honoured, "over Docker's default set"},
    {"containerDefinitions[].linuxParameters.devices", Refused,
     "devices of the host are not supported by this agent version"},
    {"containerDefinitions[].linuxParameters.initProcessEnabled", Ignored,
     "no init is put in front: the command is process 1, and has to reap its children"},
    {"containerDefinitions[].linuxParameters.sharedMemorySize", Honoured, "size of /dev/shm"},
    {"containerDefinitions[].linuxParameters.tmpfs", Honoured, "tmpfs mounts"},
    {"containerDefinitions[].linuxParameters.maxSwap", Honoured,
     "a limit on memory and swap together", "as much as the host has", judge_max_swap},
    {"containerDefinitions[].linuxParameters.swappiness", Ignored, "the host's own holds"},
    {"containerDefinitions[].secrets", Refused, "secrets cannot be fetched by this agent"},
    {"containerDefinitions[].dependsOn", Honoured, "the order of starts, and of ends"},
    {"containerDefinitions[].startTimeout", Honoured, "how long others wait for it"},
    {"containerDefinitions[].stopTimeout", Honoured, "from the stop signal to SIGKILL"},
    {"containerDefinitions[].versionConsistency", Ignored,
     "the agent runs the image it is told: a control plane that pins digests puts them there"},
    {"containerDefinitions[].hostname", Honoured, "the container's own",
     "the interface has a name of its own"},
    {"containerDefinitions[].user", Honoured, "in place of the image's"},
    {"containerDefinitions[].workingDirectory", Honoured, "in place of the image's"},
    {"containerDefinitions[].disableNetworking", Refused, "use network mode none"},
    {"containerDefinitions[].privileged", Honoured, "every capability, every device"},
    {"containerDefinitions[].readonlyRootFilesystem", Honoured, "volumes stay writable"},
    {"containerDefinitions[].dnsServers", Honoured, "in the container's resolv.conf", kShared},
    {"containerDefinitions[].dnsSearchDomains", Honoured, "in the container's resolv.conf",
     kShared},
    {"containerDefinitions[].extraHosts", Honoured, "in the container's hosts file"},
    {"containerDefinitions[].dockerSecurityOptions", Honoured, "no-new-privileges",
     "asks to be confined less than berth confines; nothing is changed"},
    {"containerDefinitions[].interactive", Ignored,
     "there is nobody to type: no input is kept open"},
    {"containerDefinitions[].pseudoTerminal", Honoured, "a terminal for its output"},
    {"containerDefinitions[].dockerLabels", Honoured,
     "labels of the container in containerd, below the agent's own com.amazonaws.ecs ones"},
    {"containerDefinitions[].dockerLabels.berth.bandwidth.ingress", Honoured, "", "",
     judge_bandwidth},
    {"containerDefinitions[].dockerLabels.berth.bandwidth.egress", Honoured, "", "",
     judge_bandwidth},
    {"containerDefinitions[].dockerLabels.berth.io.weight", Honoured, "", "", judge_io_weight},
    {"containerDefinitions[].dockerLabels.berth.memory.high", Honoured,
     "beyond it the container's cgroup is reclaimed from and slowed down; nothing is killed"},
    {"containerDefinitions[].dockerLabels.berth.pids.max", Honoured,
     "a limit on processes and threads in the container's cgroup"},
    {"containerDefinitions[].ulimits", Honoured, "limits of its processes", "", judge_ulimits},
    {"containerDefinitions[].logConfiguration.logDriver", Honoured, "", "", judge_log_driver},
    {"containerDefinitions[].logConfiguration.options", Ignored,
     "output is kept on this node, within its own bounds: nobody reads options"},
    {"containerDefinitions[].logConfiguration.secretOptions", Ignored,
     "output is kept on this node: nobody reads options"},
    {"containerDefinitions[].healthCheck", Honoured, "run in the container", "",
     judge_health_check},
    {"containerDefinitions[].systemControls", Honoured, "sysctls of the container's namespaces"},
    {"containerDefinitions[].resourceRequirements", Honoured, "", "", judge_resources},
    {"containerDefinitions[].firelensConfiguration", Ignored,
     "it runs as any other container; no output of others is routed to it"},
    {"containerDefinitions[].credentialSpecs", Refused, "not supported by this agent version"},
});

}  // namespace

std::span<const Row> fates() {
  return kRows;
}

const Row* find_fate(std::string_view path) {
  const auto found =
      std::find_if(kRows.begin(), kRows.end(), [path](const Row& row) { return row.path == path; });
  return found == kRows.end() ? nullptr : &*found;
}

bool has_fates_below(std::string_view path) {
  return std::any_of(kRows.begin(), kRows.end(), [path](const Row& row) {
    return row.path.size() > path.size() && row.path.starts_with(path) &&
           (row.path[path.size()] == '.' || row.path[path.size()] == '[');
  });
}

std::string network_mode_of(const Json& definition) {
  const std::string mode = definition.value("networkMode", "");
  return mode.empty() ? "bridge" : mode;
}

}  // namespace berth::standing
