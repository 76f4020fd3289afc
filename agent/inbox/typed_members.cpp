// typed_members.cpp - the typed members of a payload's container as ours.
#include "agent/inbox/typed_members.hpp"

#include <algorithm>

#include "agent/inbox/names.hpp"

namespace berth::inbox {

namespace {

std::string at(const std::string& list, std::size_t index) {
  return list + "[" + std::to_string(index) + "]";
}

void check_names(const protocol::Container& given, const std::string& where, Findings& findings) {
  if (!is_definition_name(given.name)) {
    findings.refuse(where + ".name", given.name, "must be 1 to 255 letters, digits, '-' or '_'");
  }
  if (!is_image_name(given.image)) {
    findings.refuse(where + ".image", given.image,
                    "must be [registry/]name[:tag][@digest], the name in lower case");
  }
}

/// What the container must have to run as meant, and cannot get here.
void refuse_unsupported(const protocol::Container& given, const std::string& where,
                        Findings& findings) {
  std::size_t index = 0;
  for (const protocol::Secret& secret : given.secrets) {
    if (secret.target ==
        "LOG_DRIVER") {  // only the log driver misses it: see pass_over_unsupported
      continue;
    }
    findings.refuse(at(where + ".secrets", index++) + ".name", secret.name,
                    "secrets are " + std::string(kUnsupported));
  }
  for (std::size_t i = 0; i < given.environment_files.size(); ++i) {
    findings.refuse(at(where + ".environmentFiles", i) + ".value", given.environment_files[i].value,
                    "environment files are " + std::string(kUnsupported));
  }
  for (std::size_t i = 0; i < given.volumes_from.size(); ++i) {
    findings.refuse(at(where + ".volumesFrom", i) + ".sourceContainer",
                    given.volumes_from[i].source_container,
                    "volumes of other containers are " + std::string(kUnsupported));
  }
  for (std::size_t i = 0; i < given.credential_specs.size(); ++i) {
    findings.refuse(at(where + ".credentialSpecs", i), given.credential_specs[i], kUnsupported);
  }
}

/// What the container only loses something by.
void pass_over_unsupported(const protocol::Container& given, const std::string& where,
                           Findings& findings) {
  const auto pass_over_if = [&](bool used, const char* field) {
    if (used) findings.pass_over(where + field);
  };
  const bool log_secrets =
      std::any_of(given.secrets.begin(), given.secrets.end(),
                  [](const protocol::Secret& secret) { return secret.target == "LOG_DRIVER"; });
  pass_over_if(log_secrets || !given.logs_auth_strategy.empty(), ".logConfiguration");
  pass_over_if(given.firelens.has_value(), ".firelensConfiguration");
  pass_over_if(!given.managed_agents.empty(), ".managedAgents");
  if (given.registry_authentication) {
    const bool is_asm = given.registry_authentication->type == "asm";
    findings.pass_over(where + (is_asm ? ".repositoryCredentials" : ".registryAuthentication"));
  }
}

/// Bounds that no task means to reach: beyond them sums of times and sizes would overflow.
constexpr std::int64_t kMaxSeconds = 365 * 24 * 3600;

void check_numbers(const protocol::Container& given, const std::string& where, Findings& findings) {
  struct Bounded {
    const char* field;
    std::int64_t number;
    std::int64_t most;
  };
  const Bounded numbers[] = {{".cpu", given.cpu, kMaxCpuUnits},
                             {".memory", given.memory_mib, kMaxMebibytes},
                             {".startTimeout", given.start_timeout_s, kMaxSeconds},
                             {".stopTimeout", given.stop_timeout_s, kMaxSeconds}};
  for (const Bounded& one : numbers) {
    if (one.number >= 0 && one.number <= one.most) continue;
    findings.refuse(where + one.field,
                    std::to_string(one.number) + " must be from 0 to " + std::to_string(one.most));
  }
}

std::optional<model::RestartPolicy> restart_policy_of(const protocol::Container& given,
                                                      const std::string& where,
                                                      Findings& findings) {
  if (!given.restart_policy || !given.restart_policy->enabled) return std::nullopt;
  const std::string here = where + ".restartPolicy";
  model::RestartPolicy policy;
  const std::int64_t period = given.restart_policy->restart_attempt_period_s.value_or(0);
  if (period < 0 || period > kMaxSeconds) {
    findings.refuse(here + ".restartAttemptPeriod",
                    std::to_string(period) + " must be from 0 to " + std::to_string(kMaxSeconds));
  } else if (period > 0) {  // 0 is unset
    policy.attempt_period = std::chrono::seconds(period);
  }
  for (const std::int64_t code : given.restart_policy->ignored_exit_codes) {
    if (code < 0 || code > 255) {
      findings.refuse(here + ".ignoredExitCodes", std::to_string(code) + " must be from 0 to 255");
    } else {
      policy.ignored_exit_codes.push_back(static_cast<int>(code));
    }
  }
  return policy;
}

/// The volume as a source to bind. "" is a directory of the task's own.
std::string host_source(const protocol::MountPoint& mount, const std::string& where,
                        const std::vector<protocol::Volume>& volumes, Findings& findings) {
  const auto volume =
      std::find_if(volumes.begin(), volumes.end(), [&mount](const protocol::Volume& candidate) {
        return candidate.name == mount.source_volume;
      });
  if (volume == volumes.end()) {
    findings.refuse(where + ".sourceVolume", mount.source_volume,
                    "no such volume in the task definition");
    return "";
  }
  return volume->host_source_path.value_or("");
}

std::vector<model::BindMount> mounts_of(const protocol::Container& given, const std::string& where,
                                        const std::vector<protocol::Volume>& volumes,
                                        Findings& findings) {
  std::vector<model::BindMount> mounts;
  for (std::size_t i = 0; i < given.mount_points.size(); ++i) {
    const protocol::MountPoint& mount = given.mount_points[i];
    const std::string here = at(where + ".mountPoints", i);
    if (!mount.container_path.starts_with('/') || has_nul(mount.container_path)) {
      findings.refuse(here + ".containerPath", mount.container_path, "must be an absolute path");
    }
    for (const model::BindMount& other : mounts) {
      if (other.target == mount.container_path) {
        findings.refuse(here + ".containerPath", mount.container_path, "is mounted twice");
      }
    }
    mounts.push_back({host_source(mount, here, volumes, findings), mount.source_volume,
                      mount.container_path, mount.read_only});
  }
  return mounts;
}

}  // namespace

model::Container typed_members(const protocol::Container& given, const std::string& where,
                               const std::vector<protocol::Volume>& volumes, Findings& findings) {
  check_names(given, where, findings);
  refuse_unsupported(given, where, findings);
  pass_over_unsupported(given, where, findings);
  check_numbers(given, where, findings);

  model::Container container;
  container.name = given.name;
  container.arn = given.container_arn;
  container.image = given.image;
  container.essential = given.essential;
  container.entry_point = given.entry_point;
  container.command = given.override_command ? given.override_command : given.command;
  container.environment.assign(given.environment.begin(), given.environment.end());
  container.cpu = CpuUnits{static_cast<std::uint64_t>(std::max<std::int64_t>(given.cpu, 0))};
  if (given.memory_mib > 0) {
    container.memory = Mebibytes{static_cast<std::uint64_t>(given.memory_mib)};
  }
  if (given.start_timeout_s > 0) {
    container.start_timeout = std::chrono::seconds(given.start_timeout_s);
  }
  if (given.stop_timeout_s > 0) container.stop_timeout = std::chrono::seconds(given.stop_timeout_s);
  container.restart_policy = restart_policy_of(given, where, findings);
  container.mounts = mounts_of(given, where, volumes, findings);
  return container;
}

}  // namespace berth::inbox
