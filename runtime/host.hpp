// host.hpp - what the host allows a container; read once, passed as a value.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace berth::runtime {

/// A device file of the host. source: OCI runtime-spec, config-linux.md, "devices".
struct Device {
  std::string path;
  char type = 'c';  ///< 'c' or 'b'
  std::uint32_t major = 0;
  std::uint32_t minor = 0;
  std::uint32_t mode = 0;  ///< permission bits
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  bool operator==(const Device&) const = default;
};

/// What the kernel and the host's privileges set bounds to.
struct HostFacts {
  bool cgroup_v2 = false;                 ///< /sys/fs/cgroup is the unified hierarchy
  std::vector<std::string> capabilities;  ///< those of process 1, "CAP_CHOWN", by number
  /// With CAP_SYS_RESOURCE limits may be raised and oom_score_adj lowered; without it they are
  /// clamped to our own.
  bool may_raise_limits = true;
  std::map<std::string, std::uint64_t> hard_limits;  ///< "RLIMIT_NOFILE": our own hard limits
  std::int64_t oom_score_adj = 0;                    ///< our own
};

/// fails:  Broken (/proc cannot be read).
Result<HostFacts> read_host_facts();

/// Every device file below /dev but what each container gets of its own (pts, shm, mqueue,
/// console); for privileged containers. Blocks.
std::vector<Device> host_devices(const std::string& dev = "/dev");

/// Names of all resource limits Linux knows: "RLIMIT_NOFILE" and the number of each.
const std::map<std::string, int>& known_rlimits();

/// Names of all capabilities Linux knows, by number: "CAP_CHOWN" first.
const std::vector<std::string>& known_capabilities();

}  // namespace berth::runtime
