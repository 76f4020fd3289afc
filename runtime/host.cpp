// host.cpp - what the host allows a container.
#include "runtime/host.hpp"

#include <linux/magic.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include <charconv>
#include <filesystem>
#include <set>

#include "base/dir.hpp"

namespace berth::runtime {

const std::map<std::string, int>& known_rlimits() {
  static const std::map<std::string, int> kLimits{
      {"RLIMIT_AS", RLIMIT_AS},           {"RLIMIT_CORE", RLIMIT_CORE},
      {"RLIMIT_CPU", RLIMIT_CPU},         {"RLIMIT_DATA", RLIMIT_DATA},
      {"RLIMIT_FSIZE", RLIMIT_FSIZE},     {"RLIMIT_LOCKS", RLIMIT_LOCKS},
      {"RLIMIT_MEMLOCK", RLIMIT_MEMLOCK}, {"RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE},
      {"RLIMIT_NICE", RLIMIT_NICE},       {"RLIMIT_NOFILE", RLIMIT_NOFILE},
      {"RLIMIT_NPROC", RLIMIT_NPROC},     {"RLIMIT_RSS", RLIMIT_RSS},
      {"RLIMIT_RTPRIO", RLIMIT_RTPRIO},   {"RLIMIT_RTTIME", RLIMIT_RTTIME},
      {"RLIMIT_STACK", RLIMIT_STACK},     {"RLIMIT_SIGPENDING", RLIMIT_SIGPENDING},
  };
  return kLimits;
}

const std::vector<std::string>& known_capabilities() {
  // source: Linux, include/uapi/linux/capability.h
  static const std::vector<std::string> kNames{
      "CAP_CHOWN",
      "CAP_DAC_OVERRIDE",
      "CAP_DAC_READ_SEARCH",
      "CAP_FOWNER",
      "CAP_FSETID",
      "CAP_KILL",
      "CAP_SETGID",
      "CAP_SETUID",
      "CAP_SETPCAP",
      "CAP_LINUX_IMMUTABLE",
      "CAP_NET_BIND_SERVICE",
      "CAP_NET_BROADCAST",
      "CAP_NET_ADMIN",
      "CAP_NET_RAW",
      "CAP_IPC_LOCK",
      "CAP_IPC_OWNER",
      "CAP_SYS_MODULE",
      "CAP_SYS_RAWIO",
      "CAP_SYS_CHROOT",
      "CAP_SYS_PTRACE",
      "CAP_SYS_PACCT",
      "CAP_SYS_ADMIN",
      "CAP_SYS_BOOT",
      "CAP_SYS_NICE",
      "CAP_SYS_RESOURCE",
      "CAP_SYS_TIME",
      "CAP_SYS_TTY_CONFIG",
      "CAP_MKNOD",
      "CAP_LEASE",
      "CAP_AUDIT_WRITE",
      "CAP_AUDIT_CONTROL",
      "CAP_SETFCAP",
      "CAP_MAC_OVERRIDE",
      "CAP_MAC_ADMIN",
      "CAP_SYSLOG",
      "CAP_WAKE_ALARM",
      "CAP_BLOCK_SUSPEND",
      "CAP_AUDIT_READ",
      "CAP_PERFMON",
      "CAP_BPF",
      "CAP_CHECKPOINT_RESTORE",
  };
  return kNames;
}

namespace {

/// The bounding set of process 1: what containerd can give a container at most. Ours says nothing
/// about that; the unit that starts us keeps it small.
Result<std::uint64_t> bounding_set() {
  BERTH_TRY(const std::string status, read_file("/proc/1/status"));
  const auto at = status.find("CapBnd:\t");
  std::uint64_t set = 0;
  if (at != std::string::npos) {
    const char* text = status.data() + at + 8;
    const auto [end, failure] = std::from_chars(text, status.data() + status.size(), set, 16);
    if (failure == std::errc() && end != text) return set;
  }
  return Error{Errc::Broken, 0, "/proc/1/status: no CapBnd"};
}

}  // namespace

Result<HostFacts> read_host_facts() {
  HostFacts facts;
  struct statfs cgroup{};
  facts.cgroup_v2 =
      ::statfs("/sys/fs/cgroup", &cgroup) == 0 && cgroup.f_type == CGROUP2_SUPER_MAGIC;

  BERTH_TRY(const std::uint64_t bounding, bounding_set());
  const auto& names = known_capabilities();
  for (std::size_t number = 0; number < names.size(); ++number) {
    if (bounding >> number & 1) facts.capabilities.push_back(names[number]);
  }
  constexpr int kSysResource = 24;
  facts.may_raise_limits = bounding >> kSysResource & 1;

  for (const auto& [name, number] : known_rlimits()) {
    rlimit own{};
    if (::getrlimit(static_cast<__rlimit_resource>(number), &own) == 0) {
      facts.hard_limits[name] = own.rlim_max;
    }
  }
  BERTH_TRY(const std::string score, read_file("/proc/self/oom_score_adj"));
  std::from_chars(score.data(), score.data() + score.size(), facts.oom_score_adj);
  return facts;
}

std::vector<Device> host_devices(const std::string& dev) {
  static const std::set<std::string> kOwn{"pts",    "shm",     "fd",        "mqueue",
                                          ".udev",  "console", "hugepages", "stdin",
                                          "stdout", "stderr",  "core"};
  std::vector<Device> devices;
  std::error_code ignored;
  namespace fs = std::filesystem;
  for (fs::recursive_directory_iterator at(dev, ignored), end; at != end; at.increment(ignored)) {
    if (at.depth() == 0 && kOwn.contains(at->path().filename())) {
      at.disable_recursion_pending();
      continue;
    }
    struct stat found{};
    if (::lstat(at->path().c_str(), &found) != 0) continue;
    if (!S_ISCHR(found.st_mode) && !S_ISBLK(found.st_mode)) continue;
    devices.push_back({at->path(), S_ISCHR(found.st_mode) ? 'c' : 'b', major(found.st_rdev),
                       minor(found.st_rdev), found.st_mode & 07777u, found.st_uid, found.st_gid});
  }
  return devices;
}

}  // namespace berth::runtime
