// spec.hpp - what a container should be, in the words of the OCI and of containerd.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/units.hpp"

namespace berth::runtime {

/// What an image says about how to run it.
/// source: OCI image-spec, config.md; Docker's Healthcheck is not used (ECS ignores it).
struct ImageConfig {
  std::vector<std::string> entrypoint;
  std::vector<std::string> cmd;
  std::vector<std::string> env;  ///< "KEY=value"
  std::string user;              ///< "", "uid", "name", "uid:gid", ...
  std::string working_dir;
  std::string stop_signal;  ///< "SIGQUIT", "3"; "" is SIGTERM
  std::vector<std::string> volumes;
  std::vector<std::string> shell;
  bool operator==(const ImageConfig&) const = default;
};

/// An image present on this node, ready to be run.
struct Image {
  std::string name;      ///< as the task names it, normalised: "127.0.0.1:5000/web:1"
  std::string digest;    ///< of the manifest or index the name resolved to, "sha256:..."
  std::string chain_id;  ///< key of the top committed snapshot
  ImageConfig config;
  bool operator==(const Image&) const = default;
};

/// source: OCI runtime-spec, config.md, "mounts".
struct Mount {
  std::string source;
  std::string target;
  std::string type = "bind";
  std::vector<std::string> options;  ///< {"rbind", "rw"}
  bool operator==(const Mount&) const = default;
};

struct Rlimit {
  std::string name;  ///< "RLIMIT_NOFILE"
  std::uint64_t soft = 0;
  std::uint64_t hard = 0;
  bool operator==(const Rlimit&) const = default;
};

/// Limits of one container, as the kernel takes them. Absent is "as the parent cgroup allows".
struct Resources {
  std::uint64_t cpu_shares = 2;  ///< cgroup v1 shares, 2..262144; v2 weight is derived
  std::optional<Bytes> memory_max;
  std::optional<Bytes> memory_reservation;  ///< v1 soft limit, v2 memory.low
  std::optional<Bytes> memory_swap_total;   ///< memory plus swap; only where the host counts swap
  std::optional<std::uint64_t> pids_max;
  // Files of cgroup v2; only where the host has them, else the container is not made.
  std::optional<Bytes> memory_high;
  std::optional<std::uint64_t> io_weight;   ///< 1 to 10000
  std::optional<std::uint64_t> bfq_weight;  ///< 1 to 1000
  bool operator==(const Resources&) const = default;
};

/// Where a container's network is.
struct NetworkNamespace {
  enum class Kind : std::uint8_t {
    Host,     ///< the host's own
    Private,  ///< a fresh one with loopback only
    Path,     ///< a pinned one, at `path`
  };
  Kind kind = Kind::Private;
  std::string path;
  bool operator==(const NetworkNamespace&) const = default;
};

/// One container, complete: nothing in it has to be looked up elsewhere but the user's name.
struct ContainerSpec {
  std::string id;     ///< unique on the host: runc keeps its state by namespace name only
  std::string group;  ///< containers of one group share one shim; the task id
  std::string image_name;
  std::string snapshot_parent;                ///< chain id of the image
  std::string oci_runtime;                    ///< name in PATH, or path; "" is the shim's own
  std::map<std::string, std::string> labels;  ///< containerd labels

  std::vector<std::string> args;  ///< at least one
  std::vector<std::string> env;   ///< "KEY=value", no key twice
  std::string user;  ///< "", "uid[:gid]", "name[:group]": resolved in the image's files
  std::string cwd = "/";
  std::string hostname;  ///< "" shares the host's UTS namespace
  bool terminal = false;
  bool readonly_rootfs = false;
  bool privileged = false;
  bool no_new_privileges = false;
  bool init = false;  ///< an init as PID 1; refused as unsupported until there is one
  std::vector<std::string> capabilities_add;  ///< "NET_ADMIN", "ALL"
  std::vector<std::string> capabilities_drop;
  std::vector<Rlimit> rlimits;
  std::map<std::string, std::string> sysctls;
  std::optional<std::int64_t> oom_score_adj;
  std::vector<Mount> mounts;  ///< besides the usual /proc, /dev, /sys, /dev/shm
  Bytes shm_size{64 << 20};   ///< source: Docker's default
  NetworkNamespace network;
  bool host_pids = false;       ///< shares the host's pid namespace
  std::string cgroup_path;      ///< as runc takes it: "/berth/<task>/<container id>"
  bool systemd_cgroup = false;  ///< runc has systemd make it; the path is "slice:prefix:name"
  std::map<std::string, std::string> annotations;
  Resources resources;
  std::string log_uri;  ///< "binary:///..." for standard output and error
  bool operator==(const ContainerSpec&) const = default;
};

/// What the process of a container needs that is not in the container's own record.
struct ProcessSpec {
  std::string id;
  std::string group;  ///< containers of one group share one shim
  std::string log_uri;
  bool terminal = false;
  bool operator==(const ProcessSpec&) const = default;
};

/// A command run inside a running container, such as a health check.
struct ExecSpec {
  std::string id;  ///< unique in the container
  std::vector<std::string> args;
  bool operator==(const ExecSpec&) const = default;
};

/// How a process ended.
struct ExitStatus {
  int code = 0;  ///< 128 + signal when a signal ended it
  WallTime at{};
  bool operator==(const ExitStatus&) const = default;
};

/// What the engine knows of one container now.
struct ContainerState {
  enum class Kind : std::uint8_t {
    Absent,   ///< the engine has no such container
    Created,  ///< the container exists, its process has never run
    Running,
    Stopped,  ///< its process has ended; `exit` tells how
  };
  Kind kind = Kind::Absent;
  std::optional<std::int64_t> pid;
  std::optional<ExitStatus> exit;
  bool operator==(const ContainerState&) const = default;
};

}  // namespace berth::runtime
