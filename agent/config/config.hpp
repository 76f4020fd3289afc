// config.hpp - every setting of berthd, read once; an immutable value from then on.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/dir.hpp"
#include "base/log.hpp"
#include "base/result.hpp"

namespace berth::config {

/// When an image is asked of the registry. source: ECS_IMAGE_PULL_BEHAVIOR.
enum class PullBehavior : std::uint8_t {
  Default,       ///< ask; a failed pull falls back to the image on this node
  Always,        ///< ask; a failed pull fails the task
  Once,          ///< ask only if no task of this node has pulled it before
  PreferCached,  ///< ask only if it is not on this node
};

/// What stopping tasks takes beside their stop timeouts: exits, the network, reports.
inline constexpr std::chrono::seconds kToSettle{15};

/// Inclusive.
struct PortRange {
  std::uint16_t first = 0;
  std::uint16_t last = 0;
  bool operator==(const PortRange&) const = default;
};

/// The settings, checked. What each means, its default and its allowed values: table.cpp, from
/// which docs/configuration.md, --help and --print-config are made.
struct Config {
  std::string cluster = "default";  ///< name or ARN
  std::string region;               ///< "" when nobody said: see require_region
  std::string backend_url;          ///< base URL of the ECS API, with scheme; "" without region
  std::string ca_bundle;            ///< PEM file; "" is the system's
  bool external = false;            ///< ECS Anywhere
  bool task_eni = true;             ///< awsvpc is offered; never on external instances
  std::map<std::string, std::string> instance_attributes;  ///< first registration only
  std::map<std::string, std::string> instance_tags;
  std::string os_family_detailed;  ///< "" is taken from os-release
  log::Level log_level = log::Level::Info;

  std::string data_dir = "/var/lib/berth";
  std::uint16_t reserved_memory_mib = 0;
  std::vector<std::uint16_t> reserved_ports{22, 2375, 2376, 51678, 51679};
  std::vector<std::uint16_t> reserved_ports_udp;
  bool task_limits = true;  ///< task cgroups with the task's CPU and memory
  bool privileged_disabled = false;
  bool gpu_support = false;               ///< the GPUs of gpu_info_file are registered
  std::string nvidia_runtime = "nvidia";  ///< name or absolute path of an OCI runtime

  std::chrono::nanoseconds stop_timeout{std::chrono::seconds(30)};
  std::chrono::nanoseconds start_timeout{std::chrono::minutes(3)};
  std::chrono::nanoseconds create_timeout{std::chrono::minutes(4)};
  std::chrono::nanoseconds cleanup_wait{std::chrono::hours(3)};
  PullBehavior pull_behavior = PullBehavior::Default;
  std::chrono::nanoseconds pull_timeout{std::chrono::hours(2)};
  std::chrono::nanoseconds pull_inactivity_timeout{std::chrono::minutes(1)};
  std::chrono::nanoseconds manifest_timeout{std::chrono::minutes(1)};

  std::string containerd_address = "/run/containerd/containerd.sock";
  std::string containerd_namespace = "berth";
  std::string run_dir = "/run/berth";
  std::string cgroup_driver;  ///< "cgroupfs", "systemd"; "" is for the daemon to choose
  std::string cgroup_parent;  ///< a path or the name of a slice; "" is for the daemon to choose
  std::string eni_driver = "bridge";
  std::string eni_parent;            ///< "" is the device of the default route
  std::uint16_t eni_vlan = 0;        ///< 0: none given
  bool firewall_integration = true;  ///< tasks are let through among others' rules
  std::string cni_network;           ///< of driver cni, which needs it
  std::string cni_conf_dir = "/etc/berth/cni/net.d";
  std::string cni_bin_dir;    ///< before /usr/lib/cni and /opt/cni/bin; "" is none
  std::string bridge_subnet;  ///< of mode bridge; "" is one that collides with nothing
  std::vector<std::string> publish_addresses;  ///< none is every address of the host
  std::optional<PortRange> dynamic_ports;      ///< absent is the kernel's own range
  bool awsvpc_blocks_imds = false;
  bool hides_v6_bindings = true;
  std::string registry_config_dir = "/etc/containerd/certs.d";
  std::string libexec_dir;  ///< where berth-pull and berth-logger are; never ""
  std::string runtime = "io.containerd.runc.v2";
  std::string oci_runtime = "auto";  ///< or name or absolute path
  std::string tasks_dir = "/etc/berth/tasks.d";
  std::string network_dir = "/etc/berth/network.d";
  std::string gpu_info_file = "/var/lib/ecs/gpu/nvidia-gpu-info.json";

  bool operator==(const Config&) const = default;
};

/// Variables by name. Holds secrets (AWS_SECRET_ACCESS_KEY, ECS_ENGINE_AUTH_DATA): never logged,
/// never printed.
using Environment = std::map<std::string, std::string>;

/// One `.config` file: KEY=VALUE lines, split at the first '=', no quotes; other lines are skipped.
struct SourceFile {
  std::string path;  ///< as messages and --print-config name it
  std::string text;
};

/// Something to tell whoever starts the daemon; a bad ECS_* value, a key nobody reads.
struct Notice {
  log::Level level = log::Level::Warn;
  std::string sentence;
  std::string key;
  std::string origin;  ///< "environment" or "<file>:<line>"
  std::string error;   ///< why, and what is used instead; may be ""

  bool operator==(const Notice&) const = default;
};

struct Loaded {
  Config config;
  std::map<std::string, std::string> origins;  ///< by key: "environment", "/etc/ecs/ecs.config:3"
  std::vector<Notice> notices;
  /// The files' variables with the environment over them: where credentials are looked for.
  Environment environment;
  std::string registry_logins;  ///< as berth-pull's --auth-file wants it; "" is none. A secret.
  std::optional<Error> region_failure;  ///< why EC2 did not tell the region that no setting names
};

/// Environment over later files over earlier ones over defaults. A bad ECS_* value is a notice and
/// the default (below a minimum: the minimum, where the ECS agent does so); a bad BERTH_* value
/// or an unknown BERTH_* key is an error, and so are ECS_* values the ECS agent stops at.
///
/// libexec_dir: what BERTH_LIBEXEC_DIR defaults to.
/// fails:  Invalid, naming every such key with its value, its origin and what is allowed.
Result<Loaded> load(const Environment& environment, const std::vector<SourceFile>& files,
                    const std::string& libexec_dir);

/// The same for this machine: /var/lib/ecs/ecs.config and /etc/ecs/ecs.config below `root`, where
/// they exist; BERTH_CONFIG_FILE in the environment names one file to read instead of both.
/// fails:  as load; Denied or NotFound when a file cannot be read.
Result<Loaded> load_for_node(const Environment& environment, const Dir& root);

/// Where this program's file is: what BERTH_LIBEXEC_DIR defaults to. fails: Denied.
Result<std::string> own_directory();

/// Takes a region, and what hangs on it, that no setting names. origin: who said it.
void use_region(Loaded& loaded, const std::string& region, const std::string& origin);

/// What a daemon that talks to a control plane cannot do without. Not asked for --purge and the
/// like. fails: Invalid (no setting names the region), or as EC2 failed to tell it.
Result<> require_region(const Loaded& loaded);

/// What became of settings that another reading gave another value, by key.
struct Changes {
  std::vector<std::string> taken;    ///< in force now
  std::vector<std::string> waiting;  ///< for a restart
  bool operator==(const Changes&) const = default;
};

/// Takes the settings that a reload may change over from `fresh`; the others stay as they are.
Changes take_live(Config& config, const Config& fresh);

/// environ as a map.
Environment environment_of(const char* const* variables);

void log_notices(const std::vector<Notice>& notices);

/// --print-config: one KEY=VALUE line per setting with its origin behind it. No secrets.
std::string print_config(const Loaded& loaded);

/// The settings for --help.
std::string help_text();

/// The table of docs/configuration.md.
std::string settings_table();

/// "default", "always", "once", "prefer-cached".
std::string_view name_of(PullBehavior behavior);

}  // namespace berth::config
