// settings.hpp - what of the configuration and the host a plan depends on.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "agent/model/network.hpp"
#include "cgroups/spec.hpp"

namespace berth::plan {

/// Where tasks reach the agent. source: reference networking, section 3.4.
inline constexpr const char* kAgentAddress = "169.254.170.2";

/// Made once by the daemon from Config and NodeFacts; a value.
struct Settings {
  cgroups::Driver cgroup_driver = cgroups::Driver::Cgroupfs;
  std::string cgroup_parent = "/berth";     ///< of all tasks; with the systemd driver a slice's
  bool cgroup_v2 = false;                   ///< the unified hierarchy
  std::string netns_dir = "/run/netns";     ///< where pins are, as `ip netns` has them
  std::string netns_prefix = "berth";       ///< the containerd namespace's name
  std::string run_dir = "/run/berth";       ///< BERTH_RUN_DIR
  std::string data_dir = "/var/lib/berth";  ///< ECS_DATADIR
  std::string logger;                       ///< absolute path of berth-logger
  std::string region;
  std::string host_name;
  std::chrono::seconds stop_timeout{30};                 ///< ECS_CONTAINER_STOP_TIMEOUT
  bool task_limits = true;                               ///< ECS_ENABLE_TASK_CPU_MEM_LIMIT
  bool counts_swap = false;                              ///< the host's kernel accounts swap
  bool has_io_weight = false;                            ///< it has io.weight
  bool has_bfq_weight = false;                           ///< it has io.bfq.weight
  bool awsvpc_blocks_imds = false;                       ///< ECS_AWSVPC_BLOCK_IMDS
  std::string bridge_subnet;                             ///< of mode bridge, for people
  std::string oci_runtime;                               ///< name or path; "" is the shim's own
  std::string gpu_runtime = "nvidia-container-runtime";  ///< of containers with GPUs: name or path
  model::EniAccess eni_access;                           ///< BERTH_ENI_DRIVER, _PARENT, _VLAN
  bool firewall_integration = true;                      ///< BERTH_FIREWALL_INTEGRATION
  std::vector<std::string> publish_addresses;  ///< BERTH_PUBLISH_ADDRESS; none is every one
};

}  // namespace berth::plan
