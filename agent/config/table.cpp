// table.cpp - the settings.
#include "agent/config/table.hpp"

#include <algorithm>
#include <array>

#include "agent/config/values.hpp"
#include "base/duration.hpp"
#include "firewall/names.hpp"
#include "systemd/units.hpp"

namespace berth::config {

namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using Verdict = Reading::Verdict;

Reading taken() {
  return {};
}

Reading refused(const Error& why) {
  return {Verdict::Refused, why.message};
}

/// Puts what `parse` makes of the text into the member; on failure leaves it.
template <class T, class Parsed>
Reading put(T& member, Result<Parsed> parsed) {
  if (!parsed) return refused(parsed.error());
  member = static_cast<T>(std::move(*parsed));
  return taken();
}

enum class BelowMinimum { Raise, Default };

/// The ECS agent takes a duration of nothing for "not set".
Reading put_duration(nanoseconds& member, const std::string& text, nanoseconds minimum,
                     BelowMinimum rule) {
  const Result<nanoseconds> parsed = parse_duration(text);
  if (!parsed) return refused(parsed.error());
  if (*parsed >= minimum && parsed->count() > 0) {
    member = *parsed;
    return taken();
  }
  const std::string why = "\"" + text + "\": at least " + show_duration(minimum) + " is needed";
  if (rule == BelowMinimum::Default || parsed->count() == 0) return {Verdict::Refused, why};
  member = minimum;
  return {Verdict::Adjusted, why + "; " + show_duration(minimum) + " is used"};
}

std::string show_bool(bool value) {
  return value ? "true" : "false";
}

Reading put_pull_behavior(const std::string& text, Config& config) {
  for (const PullBehavior one : {PullBehavior::Default, PullBehavior::Always, PullBehavior::Once,
                                 PullBehavior::PreferCached}) {
    if (name_of(one) != text) continue;
    config.pull_behavior = one;
    return taken();
  }
  return {Verdict::Refused, "\"" + text + "\": allowed are default, always, once, prefer-cached"};
}

Reading put_log_level(const std::string& text, Config& config) {
  std::string lower = text;
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
  });
  return put(config.log_level, log::parse_level(lower));
}

std::string show_log_level(log::Level level) {
  switch (level) {
    case log::Level::Debug: return "debug";
    case log::Level::Info: return "info";
    case log::Level::Warn: return "warn";
    case log::Level::Error: return "error";
    case log::Level::Critical: return "crit";
  }
  return "info";
}

/// The ECS agent stops at JSON it cannot read here: half a set of attributes misplaces tasks.
Reading put_text_map(std::map<std::string, std::string>& member, const std::string& text) {
  Reading reading = put(member, parse_text_map(text));
  if (reading.verdict == Verdict::Refused) reading.verdict = Verdict::Fatal;
  return reading;
}

Reading put_namespace(const std::string& text, Config& config) {
  if (text == "k8s.io" || text == "moby") {
    return {Verdict::Refused, "\"" + text + "\": belongs to another agent"};
  }
  // It names the nft table, too, and whatever is refused there would fail each awsvpc task.
  const Result<std::string> name = parse_identifier(text);
  if (const Result<> table = firewall::check_table_name(text); name && !table) {
    return {Verdict::Refused, "it names the nft table, and " + table.error().message};
  }
  return put(config.containerd_namespace, name);
}

Reading put_subnet(const std::string& text, Config& config) {
  if (text == "auto") return taken();
  return put(config.bridge_subnet, parse_subnet(text));
}

Reading put_cgroup_parent(const std::string& text, Config& config) {
  if (text == "auto") return taken();
  if (text == "/") return {Verdict::Refused, "\"/\": the root cgroup is not berth's to limit"};
  if (text.starts_with("/")) return put(config.cgroup_parent, parse_path(text));
  if (!systemd::cgroup_of_slice(text)) {
    return {Verdict::Refused, "\"" + text +
                                  "\": allowed are auto, an absolute path, and a slice, as "
                                  "berth.slice is one"};
  }
  config.cgroup_parent = text;
  return taken();
}

Reading put_cgroup_driver(const std::string& text, Config& config) {
  if (text == "auto") return taken();
  if (text != "cgroupfs" && text != "systemd") {
    return {Verdict::Refused, "\"" + text + "\": allowed are auto, cgroupfs, systemd"};
  }
  config.cgroup_driver = text;
  return taken();
}

Reading put_eni_driver(const std::string& text, Config& config) {
  for (const char* one : {"bridge", "lan-routed", "macvlan", "vlan", "hotplug", "cni"}) {
    if (text != one) continue;
    config.eni_driver = text;
    return taken();
  }
  return {Verdict::Refused,
          "\"" + text + "\": allowed are bridge, lan-routed, macvlan, vlan, hotplug, cni"};
}

Reading put_eni_vlan(const std::string& text, Config& config) {
  constexpr std::uint64_t kMostVlan = 4094;  // IEEE 802.1Q
  const Result<std::uint64_t> id = parse_number(text, kMostVlan);
  if (!id || *id == 0) return {Verdict::Refused, "\"" + text + "\": allowed are 1 to 4094"};
  config.eni_vlan = static_cast<std::uint16_t>(*id);
  return taken();
}

Reading put_firewall_integration(const std::string& text, Config& config) {
  if (text != "auto" && text != "off") {
    return {Verdict::Refused, "\"" + text + "\": allowed are auto, off"};
  }
  config.firewall_integration = text == "auto";
  return taken();
}

/// A shim's path, or its name as containerd spells it.
Reading put_runtime(const std::string& text, Config& config) {
  if (!text.empty() && text.front() == '/') return put(config.runtime, parse_path(text));
  const Result<std::string> name = parse_identifier(text);
  if (!name || std::count(text.begin(), text.end(), '.') < 2) {
    return {Verdict::Refused,
            "\"" + text + "\": allowed are names such as io.containerd.runc.v2 and absolute paths"};
  }
  config.runtime = text;
  return taken();
}

/// A program's path, or its name to be looked for in PATH.
Reading put_program(std::string& program, const std::string& text) {
  return put(program, text.starts_with('/') ? parse_path(text) : parse_identifier(text));
}

// sun_path holds 108 bytes with the closing zero; berthd's sockets have names of up to 24 bytes.
constexpr std::size_t kLongestSocketPath = 107;
constexpr std::size_t kLongestRunDir = 83;

const std::array kSettings{
    Setting{"ECS_CLUSTER", "name or ARN", "default", "Cluster to join.",
            [](const std::string& text, Config& c) {
              c.cluster = text;
              return taken();
            },
            [](const Config& c) { return c.cluster; }},
    Setting{"AWS_DEFAULT_REGION", "region", "AWS_REGION, or EC2's word; else the start fails",
            "Region of the control plane and of signatures.",
            [](const std::string& text, Config& c) { return put(c.region, parse_region(text)); },
            [](const Config& c) { return c.region; }},
    Setting{
        "ECS_BACKEND_HOST", "host or base URL", "https://ecs.<region>.<suffix>",
        "Where the ECS API is; https:// unless a scheme is given.",
        [](const std::string& text, Config& c) { return put(c.backend_url, parse_base_url(text)); },
        [](const Config& c) { return c.backend_url; }},
    Setting{"AWS_CA_BUNDLE", "path", "the system's",
            "PEM file of the authorities to trust for https, or of the certificates themselves.",
            [](const std::string& text, Config& c) { return put(c.ca_bundle, parse_path(text)); },
            [](const Config& c) { return c.ca_bundle; }},
    Setting{"ECS_EXTERNAL", "true, false", "false",
            "This is an ECS Anywhere instance: external attributes, no awsvpc.",
            [](const std::string& text, Config& c) { return put(c.external, parse_bool(text)); },
            [](const Config& c) { return show_bool(c.external); }},
    Setting{"ECS_ENABLE_TASK_ENI", "true, false", "true; false when external",
            "Offer the awsvpc network mode.",
            [](const std::string& text, Config& c) { return put(c.task_eni, parse_bool(text)); },
            [](const Config& c) { return show_bool(c.task_eni); }},
    Setting{"ECS_INSTANCE_ATTRIBUTES", "JSON object of texts", "{}",
            "Custom attributes, sent with the first registration only; bad JSON is an error.",
            [](const std::string& text, Config& c) {
              return put_text_map(c.instance_attributes, text);
            },
            [](const Config& c) { return show_text_map(c.instance_attributes); }},
    Setting{"ECS_CONTAINER_INSTANCE_TAGS", "JSON object of texts", "{}",
            "Tags of the container instance; bad JSON is an error.",
            [](const std::string& text, Config& c) { return put_text_map(c.instance_tags, text); },
            [](const Config& c) { return show_text_map(c.instance_tags); }},
    Setting{"ECS_DETAILED_OS_FAMILY", "text", "from os-release, as debian_12",
            "Value of the attribute ecs.os-type-detailed.",
            [](const std::string& text, Config& c) {
              c.os_family_detailed = text;
              return taken();
            },
            [](const Config& c) { return c.os_family_detailed; }},
    Setting{"ECS_LOGLEVEL", "crit, error, warn, info, debug", "info",
            "The least important lines that are logged.", put_log_level,
            [](const Config& c) { return show_log_level(c.log_level); }, true},
    Setting{"ECS_DATADIR", "absolute path", "/var/lib/berth",
            "Where state that outlives a reboot is kept.",
            [](const std::string& text, Config& c) { return put(c.data_dir, parse_path(text)); },
            [](const Config& c) { return c.data_dir; }},
    Setting{"ECS_RESERVED_MEMORY", "MiB, 0 to 65535", "0",
            "Memory kept back from tasks: registered is what the machine has less this.",
            [](const std::string& text, Config& c) {
              return put(c.reserved_memory_mib, parse_number(text, 65'535));
            },
            [](const Config& c) { return std::to_string(c.reserved_memory_mib); }},
    Setting{
        "ECS_RESERVED_PORTS", "JSON array of ports", "[22,2375,2376,51678,51679]",
        "TCP ports tasks cannot have; a value replaces the default.",
        [](const std::string& text, Config& c) { return put(c.reserved_ports, parse_ports(text)); },
        [](const Config& c) { return show_ports(c.reserved_ports); }},
    Setting{"ECS_RESERVED_PORTS_UDP", "JSON array of ports", "[]", "UDP ports tasks cannot have.",
            [](const std::string& text, Config& c) {
              return put(c.reserved_ports_udp, parse_ports(text));
            },
            [](const Config& c) { return show_ports(c.reserved_ports_udp); }},
    Setting{"ECS_DYNAMIC_HOST_PORT_RANGE", "first-last", "net.ipv4.ip_local_port_range",
            "Host ports to choose from where a task definition names none.",
            [](const std::string& text, Config& c) {
              return put(c.dynamic_ports, parse_port_range(text));
            },
            [](const Config& c) { return show_port_range(c.dynamic_ports); }},
    Setting{"ECS_EXCLUDE_IPV6_PORTBINDING", "true, false", "true",
            "Do not report that published ports are reached by IPv6, too.",
            [](const std::string& text, Config& c) {
              return put(c.hides_v6_bindings, parse_bool(text));
            },
            [](const Config& c) { return show_bool(c.hides_v6_bindings); }},
    Setting{"ECS_AWSVPC_BLOCK_IMDS", "true, false", "false",
            "Keep awsvpc tasks from the instance metadata service.",
            [](const std::string& text, Config& c) {
              return put(c.awsvpc_blocks_imds, parse_bool(text));
            },
            [](const Config& c) { return show_bool(c.awsvpc_blocks_imds); }},
    Setting{"ECS_ENABLE_TASK_CPU_MEM_LIMIT", "true, false", "true",
            "Give each task a cgroup with the task's CPU and memory.",
            [](const std::string& text, Config& c) { return put(c.task_limits, parse_bool(text)); },
            [](const Config& c) { return show_bool(c.task_limits); }},
    Setting{"ECS_DISABLE_PRIVILEGED", "true, false", "false", "Do not offer privileged containers.",
            [](const std::string& text, Config& c) {
              return put(c.privileged_disabled, parse_bool(text));
            },
            [](const Config& c) { return show_bool(c.privileged_disabled); }},
    Setting{"ECS_ENABLE_GPU_SUPPORT", "true, false", "false",
            "Register the GPUs that BERTH_GPU_INFO_FILE lists; see gpus.md.",
            [](const std::string& text, Config& c) { return put(c.gpu_support, parse_bool(text)); },
            [](const Config& c) { return show_bool(c.gpu_support); }},
    Setting{"ECS_NVIDIA_RUNTIME", "nvidia, or name or absolute path of an OCI runtime", "nvidia",
            "What runs containers with GPUs; nvidia is nvidia-container-runtime.",
            [](const std::string& text, Config& c) { return put_program(c.nvidia_runtime, text); },
            [](const Config& c) { return c.nvidia_runtime; }},
    Setting{"ECS_CONTAINER_STOP_TIMEOUT", "duration, at least 1s", "30s",
            "From SIGTERM to SIGKILL, where the container sets no stopTimeout.",
            [](const std::string& text, Config& c) {
              return put_duration(c.stop_timeout, text, seconds(1), BelowMinimum::Raise);
            },
            [](const Config& c) { return show_duration(c.stop_timeout); }, true},
    Setting{"ECS_CONTAINER_START_TIMEOUT", "duration, at least 45s", "3m0s",
            "How long starting a container may take.",
            [](const std::string& text, Config& c) {
              return put_duration(c.start_timeout, text, seconds(45), BelowMinimum::Raise);
            },
            [](const Config& c) { return show_duration(c.start_timeout); }, true},
    Setting{"ECS_CONTAINER_CREATE_TIMEOUT", "duration, at least 1m", "4m0s",
            "How long creating a container may take.",
            [](const std::string& text, Config& c) {
              return put_duration(c.create_timeout, text, minutes(1), BelowMinimum::Raise);
            },
            [](const Config& c) { return show_duration(c.create_timeout); }, true},
    Setting{"ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION", "duration, at least 1s", "3h0m0s",
            "How long a stopped task is kept; below the minimum the default is used.",
            [](const std::string& text, Config& c) {
              return put_duration(c.cleanup_wait, text, seconds(1), BelowMinimum::Default);
            },
            [](const Config& c) { return show_duration(c.cleanup_wait); }, true},
    Setting{"ECS_IMAGE_PULL_BEHAVIOR", "default, always, once, prefer-cached", "default",
            "When an image is asked of the registry.", put_pull_behavior,
            [](const Config& c) { return std::string(name_of(c.pull_behavior)); }},
    Setting{"ECS_IMAGE_PULL_TIMEOUT", "duration", "2h0m0s", "How long a whole pull may take.",
            [](const std::string& text, Config& c) {
              return put_duration(c.pull_timeout, text, nanoseconds(1), BelowMinimum::Default);
            },
            [](const Config& c) { return show_duration(c.pull_timeout); }, true},
    Setting{"ECS_IMAGE_PULL_INACTIVITY_TIMEOUT", "duration, at least 1m", "1m0s",
            "How long a pull may make no progress.",
            [](const std::string& text, Config& c) {
              return put_duration(c.pull_inactivity_timeout, text, minutes(1), BelowMinimum::Raise);
            },
            [](const Config& c) { return show_duration(c.pull_inactivity_timeout); }},
    Setting{"ECS_MANIFEST_PULL_TIMEOUT", "duration, at least 30s", "1m0s",
            "How long resolving a tag may take.",
            [](const std::string& text, Config& c) {
              return put_duration(c.manifest_timeout, text, seconds(30), BelowMinimum::Raise);
            },
            [](const Config& c) { return show_duration(c.manifest_timeout); }},
    Setting{"BERTH_CONTAINERD_ADDRESS", "path of a unix socket, up to 107 bytes",
            "/run/containerd/containerd.sock", "Where containerd listens.",
            [](const std::string& text, Config& c) {
              return put(c.containerd_address, parse_path(text, kLongestSocketPath));
            },
            [](const Config& c) { return c.containerd_address; }},
    Setting{
        "BERTH_CONTAINERD_NAMESPACE",
        "a letter, then letters and digits joined by . _ -, up to 64 in all; not k8s.io or moby",
        "berth",
        "containerd namespace of this agent's objects; names its nft table and network "
        "namespaces too.",
        put_namespace, [](const Config& c) { return c.containerd_namespace; }},
    Setting{"BERTH_RUN_DIR", "absolute path, up to 83 bytes", "/run/berth",
            "Sockets and files that end with a reboot; one agent each.",
            [](const std::string& text, Config& c) {
              return put(c.run_dir, parse_path(text, kLongestRunDir));
            },
            [](const Config& c) { return c.run_dir; }},
    Setting{
        "BERTH_CGROUP_DRIVER", "auto, cgroupfs, systemd", "auto",
        "Who makes the cgroups of tasks: berthd itself, or systemd, asked for a slice for each; "
        "see operations.md.",
        put_cgroup_driver,
        [](const Config& c) { return c.cgroup_driver.empty() ? "auto" : c.cgroup_driver; }},
    Setting{
        "BERTH_CGROUP_PARENT", "auto, an absolute cgroup path, not /, or a slice", "auto",
        "The cgroup below which each task gets one; auto is that of berth-tasks.service while it "
        "runs, else berth.slice or /berth, by the driver.",
        put_cgroup_parent,
        [](const Config& c) { return c.cgroup_parent.empty() ? "auto" : c.cgroup_parent; }},
    Setting{"BERTH_ENI_DRIVER", "bridge, lan-routed, macvlan, vlan, hotplug, cni", "bridge",
            "How the interface of an awsvpc task is made; see networking.md.", put_eni_driver,
            [](const Config& c) { return c.eni_driver; }},
    Setting{
        "BERTH_ENI_PARENT", "name of a network device", "the device of the default route",
        "The device whose LAN tasks are on, of drivers lan-routed, macvlan, vlan.",
        [](const std::string& text, Config& c) { return put(c.eni_parent, parse_device(text)); },
        [](const Config& c) { return c.eni_parent; }},
    Setting{"BERTH_ENI_VLAN", "1 to 4094", "none", "The VLAN of driver vlan, which needs it.",
            put_eni_vlan,
            [](const Config& c) {
              return c.eni_vlan == 0 ? std::string() : std::to_string(c.eni_vlan);
            }},
    Setting{"BERTH_CNI_NETWORK", "name of a CNI network", "none",
            "The network of driver cni, which needs it.",
            [](const std::string& text, Config& c) {
              return put(c.cni_network, parse_network_name(text));
            },
            [](const Config& c) { return c.cni_network; }},
    Setting{
        "BERTH_CNI_CONF_DIR", "absolute path", "/etc/berth/cni/net.d",
        "Where CNI networks are described: .conflist, .conf and .json files.",
        [](const std::string& text, Config& c) { return put(c.cni_conf_dir, parse_path(text)); },
        [](const Config& c) { return c.cni_conf_dir; }},
    Setting{"BERTH_CNI_BIN_DIR", "absolute path", "none",
            "Where CNI plugins are looked for before /usr/lib/cni and /opt/cni/bin.",
            [](const std::string& text, Config& c) { return put(c.cni_bin_dir, parse_path(text)); },
            [](const Config& c) { return c.cni_bin_dir; }},
    Setting{
        "BERTH_BRIDGE_SUBNET", "auto, or an IPv4 subnet with a prefix of 8 to 29", "auto",
        "Addresses of containers in network mode bridge; auto takes one the host does not reach.",
        put_subnet,
        [](const Config& c) { return c.bridge_subnet.empty() ? "auto" : c.bridge_subnet; }},
    Setting{"BERTH_PUBLISH_ADDRESS", "all, or addresses separated by commas", "all",
            "Addresses of the host that ports of mode bridge are published on.",
            [](const std::string& text, Config& c) {
              return put(c.publish_addresses, parse_addresses(text));
            },
            [](const Config& c) { return show_addresses(c.publish_addresses); }},
    Setting{"BERTH_FIREWALL_INTEGRATION", "auto, off", "auto",
            "auto lets tasks through among the rules of Docker, ufw and firewalld while there are "
            "any.",
            put_firewall_integration,
            [](const Config& c) { return std::string(c.firewall_integration ? "auto" : "off"); }},
    Setting{"BERTH_REGISTRY_CONFIG_DIR", "absolute path", "/etc/containerd/certs.d",
            "hosts.toml files, as containerd reads them.",
            [](const std::string& text, Config& c) {
              return put(c.registry_config_dir, parse_path(text));
            },
            [](const Config& c) { return c.registry_config_dir; }},
    Setting{"BERTH_LIBEXEC_DIR", "absolute path", "the directory of berthd itself",
            "Where berth-pull and berth-logger are.",
            [](const std::string& text, Config& c) { return put(c.libexec_dir, parse_path(text)); },
            [](const Config& c) { return c.libexec_dir; }},
    Setting{"BERTH_RUNTIME", "containerd runtime name or absolute path", "io.containerd.runc.v2",
            "The shim that runs containers.", put_runtime,
            [](const Config& c) { return c.runtime; }},
    Setting{"BERTH_OCI_RUNTIME", "auto, or name or absolute path of an OCI runtime", "auto",
            "What the shim has make containers; auto is runc, or crun where only that is there.",
            [](const std::string& text, Config& c) { return put_program(c.oci_runtime, text); },
            [](const Config& c) { return c.oci_runtime; }},
    Setting{"BERTH_TASKS_DIR", "absolute path", "/etc/berth/tasks.d",
            "Task definitions kept running without a control plane; see tasks.d.md.",
            [](const std::string& text, Config& c) { return put(c.tasks_dir, parse_path(text)); },
            [](const Config& c) { return c.tasks_dir; }},
    Setting{"BERTH_NETWORK_DIR", "absolute path", "/etc/berth/network.d",
            "Networks of the node, for tasks of files and by address; see network.d.md.",
            [](const std::string& text, Config& c) { return put(c.network_dir, parse_path(text)); },
            [](const Config& c) { return c.network_dir; }},
    Setting{
        "BERTH_GPU_INFO_FILE", "absolute path", "/var/lib/ecs/gpu/nvidia-gpu-info.json",
        "The GPUs of this machine, as JSON; see gpus.md.",
        [](const std::string& text, Config& c) { return put(c.gpu_info_file, parse_path(text)); },
        [](const Config& c) { return c.gpu_info_file; }},
};

}  // namespace

std::span<const Setting> settings() {
  return kSettings;
}

const Setting* setting_of(std::string_view key) {
  const auto found = std::find_if(kSettings.begin(), kSettings.end(),
                                  [&](const Setting& one) { return one.key == key; });
  return found == kSettings.end() ? nullptr : &*found;
}

std::string_view name_of(PullBehavior behavior) {
  switch (behavior) {
    case PullBehavior::Default: return "default";
    case PullBehavior::Always: return "always";
    case PullBehavior::Once: return "once";
    case PullBehavior::PreferCached: return "prefer-cached";
  }
  return "default";
}

}  // namespace berth::config
