// oci_spec.cpp - a container's specification as the runtime takes it.
#include "runtime/oci_spec.hpp"

#include <algorithm>

#include "base/json.hpp"
#include "runtime/capabilities.hpp"

namespace berth::runtime {

namespace {

// source: Docker Engine's default PATH on Linux.
constexpr const char* kDefaultPath =
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

Error invalid(std::string why) {
  return {Errc::Invalid, 0, std::move(why)};
}

Result<> check(const ContainerSpec& spec) {
  if (spec.args.empty() || spec.args.front().empty()) return invalid("no command to run");
  if (!spec.cwd.starts_with('/')) {
    return invalid("working directory \"" + spec.cwd + "\": must be absolute");
  }
  if (spec.init) return invalid("an init process is not supported yet");
  for (const Mount& mount : spec.mounts) {
    if (!mount.target.starts_with('/')) {
      return invalid("mount target \"" + mount.target + "\": must be absolute");
    }
  }
  for (const Rlimit& limit : spec.rlimits) {
    if (!known_rlimits().contains(limit.name))
      return invalid("unknown limit \"" + limit.name + "\"");
    if (limit.soft > limit.hard) return invalid(limit.name + ": soft limit above the hard one");
  }
  return ok();
}

Json rlimits_json(const ContainerSpec& spec, const HostFacts& host) {
  Json all = Json::array();
  for (const Rlimit& limit : spec.rlimits) {
    std::uint64_t hard = limit.hard;
    const auto own = host.hard_limits.find(limit.name);
    if (!host.may_raise_limits && own != host.hard_limits.end()) {
      hard = std::min(hard, own->second);
    }
    all.push_back({{"type", limit.name}, {"soft", std::min(limit.soft, hard)}, {"hard", hard}});
  }
  return all;
}

Result<Json> process_json(const ContainerSpec& spec, const User& user, const HostFacts& host) {
  BERTH_TRY(const auto capabilities, capabilities_of(spec, host));
  std::vector<std::string> env = spec.env;
  const bool has_path =
      std::any_of(env.begin(), env.end(), [](const auto& one) { return one.starts_with("PATH="); });
  if (!has_path) env.insert(env.begin(), kDefaultPath);

  Json process{
      {"terminal", spec.terminal},
      {"user", {{"uid", user.uid}, {"gid", user.gid}, {"additionalGids", user.additional_gids}}},
      {"args", spec.args},
      {"env", env},
      {"cwd", spec.cwd},
      {"noNewPrivileges", spec.no_new_privileges},
      // Not inheritable and not ambient: a process that is not root keeps none over its exec.
      {"capabilities",
       {{"bounding", capabilities}, {"effective", capabilities}, {"permitted", capabilities}}},
  };
  if (!spec.rlimits.empty()) process["rlimits"] = rlimits_json(spec, host);
  if (spec.oom_score_adj) {
    const std::int64_t floor = host.may_raise_limits ? -1000 : host.oom_score_adj;
    process["oomScoreAdj"] = std::max(*spec.oom_score_adj, floor);
  }
  return process;
}

Json mount_json(const Mount& mount) {
  return {{"destination", mount.target},
          {"type", mount.type},
          {"source", mount.source},
          {"options", mount.options}};
}

std::vector<Mount> default_mounts(const ContainerSpec& spec) {
  const std::string access = spec.privileged ? "rw" : "ro";
  const std::string shm_size = "size=" + std::to_string(spec.shm_size.count);
  return {
      {"proc", "/proc", "proc", {"nosuid", "noexec", "nodev"}},
      {"tmpfs", "/dev", "tmpfs", {"nosuid", "strictatime", "mode=755", "size=65536k"}},
      {"devpts",
       "/dev/pts",
       "devpts",
       {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"}},
      {"sysfs", "/sys", "sysfs", {"nosuid", "noexec", "nodev", access}},
      {"cgroup", "/sys/fs/cgroup", "cgroup", {"nosuid", "noexec", "nodev", "relatime", access}},
      {"mqueue", "/dev/mqueue", "mqueue", {"nosuid", "noexec", "nodev"}},
      {"shm", "/dev/shm", "tmpfs", {"nosuid", "noexec", "nodev", "mode=1777", shm_size}},
  };
}

/// The usual mounts, but those the spec makes itself; outer directories before inner ones.
Json mounts_json(const ContainerSpec& spec) {
  std::vector<Mount> own = spec.mounts;
  const auto depth = [](const Mount& mount) {
    return std::count(mount.target.begin(), mount.target.end(), '/');
  };
  std::stable_sort(own.begin(), own.end(),
                   [&](const Mount& a, const Mount& b) { return depth(a) < depth(b); });
  Json all = Json::array();
  for (const Mount& usual : default_mounts(spec)) {
    const bool is_replaced = std::any_of(
        own.begin(), own.end(), [&](const Mount& one) { return one.target == usual.target; });
    if (!is_replaced) all.push_back(mount_json(usual));
  }
  for (const Mount& mount : own) all.push_back(mount_json(mount));
  return all;
}

Json namespaces_json(const ContainerSpec& spec, const HostFacts& host) {
  Json all = Json::array();
  if (!spec.host_pids) all.push_back({{"type", "pid"}});
  all.push_back({{"type", "ipc"}});
  all.push_back({{"type", "mount"}});
  if (!spec.hostname.empty()) all.push_back({{"type", "uts"}});
  if (spec.network.kind == NetworkNamespace::Kind::Private) all.push_back({{"type", "network"}});
  if (spec.network.kind == NetworkNamespace::Kind::Path) {
    all.push_back({{"type", "network"}, {"path", spec.network.path}});
  }
  // On v1 containers see the host's cgroup tree, as Docker has it.
  if (host.cgroup_v2) all.push_back({{"type", "cgroup"}});
  return all;
}

/// What has no other place in the document: files of cgroup v2, each with what is written there.
Json unified_json(const Resources& wanted) {
  Json unified = Json::object();
  if (wanted.memory_high) unified["memory.high"] = std::to_string(wanted.memory_high->count);
  if (wanted.io_weight) unified["io.weight"] = "default " + std::to_string(*wanted.io_weight);
  if (wanted.bfq_weight) unified["io.bfq.weight"] = std::to_string(*wanted.bfq_weight);
  return unified;
}

Json resources_json(const ContainerSpec& spec) {
  const Resources& wanted = spec.resources;
  Json memory = Json::object();
  if (wanted.memory_max) memory["limit"] = wanted.memory_max->count;
  if (wanted.memory_reservation) memory["reservation"] = wanted.memory_reservation->count;
  if (wanted.memory_swap_total) memory["swap"] = wanted.memory_swap_total->count;
  Json resources{
      // The runtime adds the usual devices (null, zero, random, tty ...) itself.
      {"devices", Json::array({{{"allow", spec.privileged}, {"access", "rwm"}}})},
      {"cpu", {{"shares", wanted.cpu_shares}}},
  };
  if (!memory.empty()) resources["memory"] = std::move(memory);
  if (wanted.pids_max) resources["pids"] = {{"limit", *wanted.pids_max}};
  Json unified = unified_json(wanted);
  if (!unified.empty()) resources["unified"] = std::move(unified);
  return resources;
}

Json linux_json(const ContainerSpec& spec, const HostFacts& host,
                const std::vector<Device>& devices) {
  Json document{{"namespaces", namespaces_json(spec, host)}, {"resources", resources_json(spec)}};
  if (!spec.cgroup_path.empty()) document["cgroupsPath"] = spec.cgroup_path;
  if (!spec.sysctls.empty()) document["sysctl"] = spec.sysctls;
  if (!spec.privileged) {
    document["maskedPaths"] = {"/proc/asound",
                               "/proc/acpi",
                               "/proc/kcore",
                               "/proc/keys",
                               "/proc/latency_stats",
                               "/proc/timer_list",
                               "/proc/timer_stats",
                               "/proc/sched_debug",
                               "/proc/scsi",
                               "/sys/firmware",
                               "/sys/devices/virtual/powercap"};
    document["readonlyPaths"] = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
                                 "/proc/sysrq-trigger"};
    return document;
  }
  Json all = Json::array();
  for (const Device& device : devices) {
    all.push_back({{"path", device.path},
                   {"type", std::string(1, device.type)},
                   {"major", device.major},
                   {"minor", device.minor},
                   {"fileMode", device.mode},
                   {"uid", device.uid},
                   {"gid", device.gid}});
  }
  if (!all.empty()) document["devices"] = std::move(all);
  return document;
}

}  // namespace

Result<std::string> oci_spec(const ContainerSpec& spec, const User& user, const HostFacts& host,
                             const std::vector<Device>& devices) {
  BERTH_CHECK(check(spec));
  BERTH_TRY(Json process, process_json(spec, user, host));
  Json document{
      {"ociVersion", "1.0.2"},
      {"process", std::move(process)},
      {"root", {{"path", "rootfs"}, {"readonly", spec.readonly_rootfs}}},
      {"mounts", mounts_json(spec)},
      {"linux", linux_json(spec, host, devices)},
  };
  if (!spec.hostname.empty()) document["hostname"] = spec.hostname;
  // source: containerd, runtime v2 shim for runc: containers of one group share one shim.
  Json annotations = spec.annotations;
  if (!spec.group.empty()) annotations["io.containerd.runc.v2.group"] = spec.group;
  if (!annotations.empty()) document["annotations"] = std::move(annotations);
  return dump_json(document);
}

Result<std::string> oci_exec_process(const std::string& container_document, const ExecSpec& what) {
  if (what.args.empty() || what.args.front().empty()) return invalid("no command to run");
  auto document = parse_json(container_document);
  if (!document || !document->contains("process")) {
    return Error{Errc::Broken, 0, "the container's stored specification has no process"};
  }
  Json process = (*document)["process"];
  process["args"] = what.args;
  process["terminal"] = false;
  return dump_json(process);
}

}  // namespace berth::runtime
