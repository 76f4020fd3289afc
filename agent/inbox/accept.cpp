// accept.cpp - a task of a payload, checked and turned into one of ours.
#include "agent/inbox/accept.hpp"

#include <algorithm>

#include "agent/inbox/bandwidth.hpp"
#include "agent/inbox/dependencies.hpp"
#include "agent/inbox/docker_overlay.hpp"
#include "agent/inbox/findings.hpp"
#include "agent/inbox/gpus.hpp"
#include "agent/inbox/limit_labels.hpp"
#include "agent/inbox/names.hpp"
#include "agent/inbox/network.hpp"
#include "agent/inbox/port_mappings.hpp"
#include "agent/inbox/proxy.hpp"
#include "agent/inbox/typed_members.hpp"

namespace berth::inbox {

namespace {

std::string container_at(std::size_t index) {
  return "containerDefinitions[" + std::to_string(index) + "]";
}

/// Ids and names: what a report of the task needs, whatever else is wrong with it.
model::Task named_task(const protocol::Task& given) {
  model::Task task;
  task.arn = given.arn;
  task.cluster = given.task_cluster_arn;
  task.family = given.family;
  task.version = given.version;
  task.group = given.group;
  task.launch_type = given.launch_type;
  for (const protocol::Container& container : given.containers) {
    model::Container named;
    named.name = container.name;
    named.arn = container.container_arn;
    named.image = container.image;
    named.essential = container.essential;
    task.containers.push_back(std::move(named));
  }
  return task;
}

/// The member of a volume that asks for its type. source: ECS, TaskDefinition.volumes.
std::string asking_member(const std::string& type) {
  if (type == "amazonebs") return ".configuredAtLaunch";
  if (type == "fsxWindowsFileServer" || type == "s3files")
    return "." + type + "VolumeConfiguration";
  return ".type";
}

void check_volumes(const std::vector<protocol::Volume>& volumes, Findings& findings) {
  for (std::size_t i = 0; i < volumes.size(); ++i) {
    const protocol::Volume& volume = volumes[i];
    const std::string here = "volumes[" + std::to_string(i) + "]";
    if (volume.type == "docker" || volume.docker) {
      findings.refuse(here + ".dockerVolumeConfiguration", kUnsupported);
    } else if (volume.type == "efs" || volume.efs) {
      findings.refuse(here + ".efsVolumeConfiguration", kUnsupported);
    } else if (!volume.type.empty() && volume.type != "host") {
      findings.refuse(here + asking_member(volume.type), volume.type, kUnsupported);
    }
    const std::string& source = volume.host_source_path.value_or("");
    if (!source.empty() && (source.front() != '/' || has_nul(source))) {
      findings.refuse(here + ".host.sourcePath", source, "must be an absolute path");
    }
    if (!is_definition_name(volume.name)) {
      findings.refuse(here + ".name", volume.name, "must be 1 to 255 letters, digits, '-' or '_'");
    }
    for (std::size_t earlier = 0; earlier < i; ++earlier) {
      if (volumes[earlier].name == volume.name) {
        findings.refuse(here + ".name", volume.name,
                        "is also the name of volumes[" + std::to_string(earlier) + "]");
      }
    }
  }
}

/// What belongs to the task as a whole and is not acted on.
void check_task_members(const protocol::Task& given, Findings& findings) {
  for (std::size_t i = 0; i < given.attachments.size(); ++i) {
    const std::string& type = given.attachments[i].type;
    const std::string here = "attachments[" + std::to_string(i) + "].attachmentType";
    if (type == "amazonebs" || type == "s3files" || type == "serviceconnectdetail") {
      findings.refuse(here, type, kUnsupported);
    }
  }
  if (!given.pid_mode.empty() && given.pid_mode != "host") {
    findings.refuse("pidMode", given.pid_mode, kUnsupported);
  }
  if (given.ipc_mode == "none") {
    findings.pass_over("ipcMode");
  } else if (!given.ipc_mode.empty()) {
    findings.refuse("ipcMode", given.ipc_mode, kUnsupported);
  }
  if (given.role_credentials) findings.pass_over("taskRoleArn");
  if (given.execution_role_credentials) findings.pass_over("executionRoleArn");
  if (given.enable_fault_injection) findings.pass_over("enableFaultInjection");
}

/// The kernel takes arguments and variables as texts that end at the first NUL.
void check_texts(const model::Container& container, const std::string& where, Findings& findings) {
  for (const auto* list : {&container.command, &container.entry_point}) {
    if (!*list) continue;
    if (std::any_of((*list)->begin(), (*list)->end(), has_nul)) {
      findings.refuse(where + (list == &container.command ? ".command" : ".entryPoint"),
                      "must not have NUL characters");
    }
  }
  for (const auto& [name, value] : container.environment) {
    if (name.empty() || name.find('=') != std::string::npos || has_nul(name)) {
      findings.refuse(where + ".environment", name, "is not the name of a variable");
    } else if (has_nul(value)) {
      findings.refuse(where + ".environment", name, "its value must not have NUL characters");
    }
  }
}

void check_health_check_type(const protocol::Container& given, const std::string& where,
                             model::Container& container, Findings& findings) {
  const bool is_reported = given.health_check_type == "docker";
  const bool is_declined = container.health_check && container.health_check->command.empty();
  if (is_declined) container.health_check.reset();
  if (!given.health_check_type.empty() && !is_reported) {
    findings.refuse(where + ".healthCheckType", given.health_check_type, "must be \"docker\"");
  } else if (is_declined) {
    return;  // ["NONE"]: without a check whatever the type
  } else if (is_reported && !container.health_check) {
    findings.refuse(where + ".healthCheck", "its container is to be checked but has no command");
  } else if (!is_reported && container.health_check) {
    findings.pass_over(where + ".healthCheck");  // nobody would be told of it
    container.health_check.reset();
  }
}

void add_containers(const protocol::Task& given, const Rules& rules, model::Task& task,
                    std::vector<std::string>& host_modes, Findings& findings) {
  // source: ECS allows 10 for each task definition; far more is not a task.
  constexpr std::size_t kMostContainers = 100;
  if (given.containers.size() > kMostContainers) {
    findings.refuse("containerDefinitions", std::to_string(given.containers.size()) +
                                                " given; at most " +
                                                std::to_string(kMostContainers) + " are run");
    return;
  }
  for (std::size_t i = 0; i < given.containers.size(); ++i) {
    const std::string where = container_at(i);
    model::Container& container = task.containers[i];
    container = typed_members(given.containers[i], where, given.volumes, findings);
    host_modes.push_back(overlay_docker(given.containers[i], where, container, findings));
    check_health_check_type(given.containers[i], where, container, findings);
    check_texts(container, where, findings);
    if (container.privileged && !rules.privileged) {
      findings.refuse(where + ".privileged", "true: not allowed by ECS_DISABLE_PRIVILEGED");
    }
    for (std::size_t earlier = 0; earlier < i; ++earlier) {
      if (task.containers[earlier].name == container.name) {
        findings.refuse(where + ".name", container.name,
                        "is also the name of " + container_at(earlier));
      }
    }
  }
  const bool has_essential =
      std::any_of(task.containers.begin(), task.containers.end(),
                  [](const model::Container& container) { return container.essential; });
  if (!has_essential) findings.refuse("containerDefinitions", "at least one must be essential");
}

void add_limits(const protocol::Task& given, const Rules& rules, model::Task& task,
                Findings& findings) {
  constexpr double kMostCpu = kMaxCpuUnits / 1024;
  const bool cpu_in_bounds = given.cpu >= 0 && given.cpu <= kMostCpu;
  const bool memory_in_bounds = given.memory_mib >= 0 && given.memory_mib <= kMaxMebibytes;
  if (!cpu_in_bounds) {
    findings.refuse("cpu", "must be from 0 to " + std::to_string(kMaxCpuUnits / 1024) + " vCPU");
  }
  if (!memory_in_bounds) {
    findings.refuse("memory", std::to_string(given.memory_mib) + " must be from 0 to " +
                                  std::to_string(kMaxMebibytes));
  }
  if (cpu_in_bounds && given.cpu > 0) task.cpu = given.cpu;
  if (memory_in_bounds && given.memory_mib > 0) {
    task.memory = Mebibytes{static_cast<std::uint64_t>(given.memory_mib)};
  }
  if (!rules.task_limits || !task.memory) return;
  for (std::size_t i = 0; i < task.containers.size(); ++i) {
    const model::Container& container = task.containers[i];
    if (!container.memory || *container.memory <= *task.memory) continue;
    // source: reference task model, section 5: the incumbent's words.
    findings.refuse_as("resource cannot be initialized for task " + task.arn +
                           ": cgroup resource: unable to build resource spec for task: task memory "
                           "spec builder: container memory limit(" +
                           std::to_string(container.memory->count) +
                           ") greater than task memory limit(" +
                           std::to_string(task.memory->count) + ")",
                       container_at(i) + ".memory");
  }
}

}  // namespace

Verdict accept(const protocol::Task& given, const Rules& rules) {
  Findings findings;
  model::Task task = named_task(given);
  std::vector<std::string> host_modes;
  check_task_members(given, findings);
  check_volumes(given.volumes, findings);
  add_containers(given, rules, task, host_modes, findings);
  add_gpus(given.associations, task, findings);
  add_network(given, host_modes, rules.gives_addresses, task, findings);
  add_bandwidth(task, findings);
  add_limit_labels(rules.cgroups, task, findings);
  add_proxy(given, task, findings);
  task.host_pids = given.pid_mode == "host";
  add_port_mappings(given, task, findings);
  add_limits(given, rules, task, findings);
  if (!findings.has_refused()) add_dependencies(given, task, findings);

  const bool is_stop = given.desired_status == "STOPPED";
  if (findings.has_refused() && !is_stop) {
    return Refusal{named_task(given), findings.refused().front().reason, findings.refused(),
                   findings.passed_over()};
  }
  Accepted accepted;
  // What is only to be stopped need not be able to run.
  accepted.task = is_stop ? named_task(given) : std::move(task);
  accepted.goal = is_stop ? model::Goal::Stopped : model::Goal::Running;
  if (!is_stop) accepted.passed_over = findings.passed_over();
  return accepted;
}

Refusal refuse_undecoded(const protocol::UndecodedTask& task) {
  Refusal refusal;
  refusal.task.arn = task.arn;
  refusal.reason = "UnrecogniedTaskError: Error loading task - " + task.why.message;
  return refusal;
}

}  // namespace berth::inbox
