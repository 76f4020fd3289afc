// known_keys.cpp - variables of the ECS agent that berth does not use.
#include <algorithm>
#include <array>

#include "agent/config/table.hpp"

namespace berth::config {

namespace {

// source: the ECS agent and its init program, version 1.105.1.
constexpr auto kKnownToEcs =
    std::to_array<std::string_view>({"CREDENTIALS_FETCHER_HOST",
                                     "CREDENTIALS_FETCHER_HOST_DIR",
                                     "CREDENTIALS_FETCHER_SECRET_NAME_FOR_DOMAINLESS_GMSA",
                                     "DOCKER_HOST",
                                     "ECS_AGENT_APPARMOR_PROFILE",
                                     "ECS_AGENT_CONFIG_FILE_PATH",
                                     "ECS_AGENT_HEALTHCHECK_HOST",
                                     "ECS_AGENT_LABELS",
                                     "ECS_AGENT_PID_NAMESPACE_HOST",
                                     "ECS_AGENT_RUN_PRIVILEGED",
                                     "ECS_ALLOW_OFFHOST_INTROSPECTION_ACCESS",
                                     "ECS_APPARMOR_CAPABLE",
                                     "ECS_AUDIT_LOGFILE",
                                     "ECS_AUDIT_LOGFILE_DISABLED",
                                     "ECS_AVAILABLE_LOGGING_DRIVERS",
                                     "ECS_AWSVPC_ADDITIONAL_LOCAL_ROUTES",
                                     "ECS_CGROUP_CPU_PERIOD",
                                     "ECS_CGROUP_PATH",
                                     "ECS_CHECKPOINT",
                                     "ECS_CNI_PLUGINS_PATH",
                                     "ECS_CONTAINER_INSTANCE_PROPAGATE_TAGS_FROM",
                                     "ECS_DISABLE_DOCKER_HEALTH_CHECK",
                                     "ECS_DISABLE_IMAGE_CLEANUP",
                                     "ECS_DISABLE_METRICS",
                                     "ECS_DISABLE_TASK_METADATA_AZ",
                                     "ECS_DOMAIN_JOINED_LINUX_INSTANCE",
                                     "ECS_EBSTA_SUPPORTED",
                                     "ECS_ENABLE_AWSLOGS_EXECUTIONROLE_OVERRIDE",
                                     "ECS_ENABLE_CONTAINER_METADATA",
                                     "ECS_ENABLE_CPU_UNBOUNDED_WINDOWS_WORKAROUND",
                                     "ECS_ENABLE_FIRELENS_ASYNC",
                                     "ECS_ENABLE_HIGH_DENSITY_ENI",
                                     "ECS_ENABLE_INF_SUPPORT",
                                     "ECS_ENABLE_MEMORY_UNBOUNDED_WINDOWS_WORKAROUND",
                                     "ECS_ENABLE_PROMETHEUS_METRICS",
                                     "ECS_ENABLE_RUNTIME_STATS",
                                     "ECS_ENABLE_SPOT_INSTANCE_DRAINING",
                                     "ECS_ENABLE_TASK_IAM_ROLE",
                                     "ECS_ENABLE_TASK_IAM_ROLE_NETWORK_HOST",
                                     "ECS_ENABLE_UNTRACKED_IMAGE_CLEANUP",
                                     "ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION_JITTER",
                                     "ECS_EXCLUDE_UNTRACKED_IMAGE",
                                     "ECS_FSX_WINDOWS_FILE_SERVER_SUPPORTED",
                                     "ECS_GMSA_SUPPORTED",
                                     "ECS_HOST_DATA_DIR",
                                     "ECS_IMAGE_CLEANUP_INTERVAL",
                                     "ECS_IMAGE_MINIMUM_CLEANUP_AGE",
                                     "ECS_INIT_DOCKER_LOG_FILE_NUM",
                                     "ECS_INIT_DOCKER_LOG_FILE_SIZE",
                                     "ECS_INSTANCE_IP_COMPATIBILITY",
                                     "ECS_LOGFILE",
                                     "ECS_LOGLEVEL_ON_INSTANCE",
                                     "ECS_LOG_DRIVER",
                                     "ECS_LOG_MAX_FILE_SIZE_MB",
                                     "ECS_LOG_MAX_ROLL_COUNT",
                                     "ECS_LOG_OPTS",
                                     "ECS_LOG_OUTPUT_FORMAT",
                                     "ECS_LOG_ROLLOVER_TYPE",
                                     "ECS_NUM_IMAGES_DELETE_PER_CYCLE",
                                     "ECS_OFFHOST_INTROSPECTION_INTERFACE_NAME",
                                     "ECS_PAUSE_LABELS",
                                     "ECS_POLLING_METRICS_WAIT_DURATION",
                                     "ECS_POLL_METRICS",
                                     "ECS_PROPAGATE_TASK_MEMORY_LIMIT_CGROUPV2",
                                     "ECS_PULL_DEPENDENT_CONTAINERS_UPFRONT",
                                     "ECS_SELINUX_CAPABLE",
                                     "ECS_SHARED_VOLUME_MATCH_FULL_CONFIG",
                                     "ECS_SKIP_LOCALHOST_TRAFFIC_FILTER",
                                     "ECS_TASK_METADATA_RPS_LIMIT",
                                     "ECS_TASK_PIDS_LIMIT",
                                     "ECS_UPDATES_ENABLED",
                                     "ECS_UPDATE_DOWNLOAD_DIR",
                                     "ECS_VOLUME_PLUGIN_CAPABILITIES",
                                     "ECS_WARM_POOLS_CHECK",
                                     "NONECS_NUM_CONTAINERS_DELETE_PER_CYCLE",
                                     "NON_ECS_IMAGE_MINIMUM_CLEANUP_AGE"});

}  // namespace

bool is_known_to_ecs(std::string_view key) {
  return std::find(kKnownToEcs.begin(), kKnownToEcs.end(), key) != kKnownToEcs.end();
}

}  // namespace berth::config
