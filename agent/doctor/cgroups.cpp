// cgroups.cpp - the version, each controller, and how the missing one is turned on.
#include "agent/doctor/cgroups.hpp"

#include "agent/doctor/words.hpp"
#include "base/text.hpp"
#include "cgroups/tree.hpp"

namespace berth::doctor {

namespace {

constexpr const char* kCgroups = "cgroups";
constexpr const char* kDriver = "driver";

constexpr std::string_view kPiWord =
    "cgroup_enable=memory";  // source: raspberrypi/linux, "rpi" branches

struct Controller {
  const char* v2;
  const char* v1;
  const char* without;  ///< what is lost
  const char* option;   ///< of the kernel's build
  bool is_vital;
};

constexpr Controller kControllers[] = {
    {"cpu", "cpu", "tasks cannot be given CPU shares", "CONFIG_CGROUP_SCHED", true},
    {"memory", "memory", "tasks have no memory limit, and no out-of-memory kill is seen",
     "CONFIG_MEMCG", true},
    {"pids", "pids", "a task can use up all process numbers", "CONFIG_CGROUP_PIDS", true},
    {"io", "blkio", "disk traffic of tasks is not counted", "CONFIG_BLK_CGROUP", false}};

/// One name on the kernel's command line that turns a controller off.
struct Off {
  std::string name;  ///< "memory"
  std::string word;  ///< "cgroup_disable=memory,io"
};

/// source: Linux, Documentation/admin-guide/kernel-parameters.txt, "cgroup_disable=" and
/// "cgroup_no_v1=".
std::vector<Off> what_turns_off(const Controller& controller, const CgroupFacts& facts) {
  std::vector<Off> all;
  for (const std::string& word : words_of(facts.kernel_command_line)) {
    const std::size_t equals = word.find('=');
    const std::string key = word.substr(0, equals);
    const bool is_of_v1 = key == "cgroup_no_v1" && facts.version == 1;
    if (equals == std::string::npos || (key != "cgroup_disable" && !is_of_v1)) continue;
    for (const std::string& name : words_of(word.substr(equals + 1), ",")) {
      const bool is_meant = name == controller.v2 || name == controller.v1;
      if (is_meant || (is_of_v1 && name == "all")) all.push_back({name, word});
    }
  }
  return all;
}

/// The kernel of a Raspberry Pi has it, turned off by its firmware's device tree.
std::string pi_cure(const CgroupFacts& facts) {
  const std::string word(kPiWord);
  if (has_word(words_of(facts.kernel_command_line), word)) {
    return "upgrade the kernel and reboot: this one does not heed \"" + word + "\"";
  }
  const std::string file = facts.firmware_command_line_file.empty()
                               ? "/boot/firmware/cmdline.txt (older systems: /boot/cmdline.txt)"
                               : facts.firmware_command_line_file;
  return "add \"" + word + "\" to the one line of " + file + " and reboot";
}

/// Only with cgroup v1, where each controller has a mount of its own.
bool is_unmounted(const Controller& controller, const CgroupFacts& facts) {
  return facts.version == 1 && has_word(facts.kernel_controllers, controller.v1);
}

std::string cure_for(const Controller& controller, const CgroupFacts& facts) {
  if (facts.is_raspberry_pi && std::string_view(controller.v2) == "memory") return pi_cure(facts);
  std::vector<std::string> parts;
  for (const Off& off : what_turns_off(controller, facts)) {
    parts.push_back("take " + off.name + " out of " + off.word);
  }
  if (!parts.empty()) {
    return joined(parts, ", ") +
           " on the kernel's command line (Debian: GRUB_CMDLINE_LINUX in /etc/default/grub, then "
           "update-grub) and reboot";
  }
  if (is_unmounted(controller, facts)) {
    return "boot with cgroup v2 alone (systemd.unified_cgroup_hierarchy=1 on the kernel's command "
           "line), or mount it: mount -t cgroup -o " +
           std::string(controller.v1) + " cgroup /sys/fs/cgroup/" + controller.v1;
  }
  return std::string("run a kernel that is built with ") + controller.option;
}

std::string why_missing(const Controller& controller, const CgroupFacts& facts) {
  std::string reason = std::string("missing: ") + controller.without;
  const std::vector<Off> offs = what_turns_off(controller, facts);
  for (const Off& off : offs) reason += "; the kernel was booted with " + off.word;
  if (offs.empty() && is_unmounted(controller, facts)) reason += "; it is not mounted";
  return reason;
}

Finding judge_controller(const Controller& controller, const CgroupFacts& facts) {
  const char* name = facts.version == 2 ? controller.v2 : controller.v1;
  const std::string what = std::string(controller.v2) + " controller";
  if (has_word(facts.controllers, name)) return fine(kCgroups, what, "there");
  return {kCgroups, what, controller.is_vital ? Verdict::Error : Verdict::Warning,
          why_missing(controller, facts), cure_for(controller, facts)};
}

/// Names of the enabled ones. source: Linux, cgroups(7), "/proc/cgroups".
std::vector<std::string> enabled_in(const std::string& proc_cgroups) {
  std::vector<std::string> names;
  for (const std::string& line : lines_of(proc_cgroups)) {
    const std::vector<std::string> columns = words_of(line);
    if (columns.size() == 4 && columns[3] == "1") names.push_back(columns[0]);
  }
  return names;
}

std::string text_in(const Dir& root, const std::string& path) {
  Result<std::string> text = root.read(path);
  return text ? std::string(trimmed(*text)) : "";
}

}  // namespace

CgroupFacts look_at_cgroups(const Dir& root) {
  CgroupFacts facts;
  facts.kernel_controllers = enabled_in(text_in(root, "proc/cgroups"));
  facts.kernel_command_line = text_in(root, "proc/cmdline");
  facts.is_raspberry_pi = text_in(root, "proc/device-tree/model").starts_with("Raspberry Pi");
  for (const char* file : {"boot/firmware/cmdline.txt", "boot/cmdline.txt"}) {
    if (!facts.firmware_command_line_file.empty() || !root.exists(file)) continue;
    facts.firmware_command_line_file = std::string("/") + file;
  }
  const Result<std::string> mounts = root.read("proc/self/mounts");
  if (!mounts) {
    facts.failure = mounts.error().message;
    return facts;
  }
  const Result<cgroups::Hierarchy> hierarchy = cgroups::Hierarchy::open(*mounts);
  if (!hierarchy) {
    facts.failure = hierarchy.error().message;
    return facts;
  }
  facts.version = hierarchy->version() == cgroups::Version::V2 ? 2 : 1;
  facts.is_hybrid = hierarchy->is_hybrid();
  facts.controllers = hierarchy->controllers();
  facts.home = cgroups::look_for_home(*hierarchy, root);
  if (facts.is_hybrid && hierarchy->unified() != nullptr) {
    facts.unified_controllers = words_of(text_in(hierarchy->unified()->root, "cgroup.controllers"));
  }
  return facts;
}

Findings judge_cgroups(const CgroupFacts& facts) {
  if (!facts.failure.empty()) {
    return {failed(kCgroups, "version", facts.failure,
                   "mount cgroup2 on /sys/fs/cgroup, as systemd does at boot")};
  }
  Findings findings{fine(kCgroups, "version",
                         facts.version == 2 ? "2"
                         : facts.is_hybrid  ? "1, with cgroup2 beside it (hybrid)"
                                            : "1")};
  for (const Controller& one : kControllers) findings.push_back(judge_controller(one, facts));
  return findings;
}

Finding judge_cgroup_driver(const CgroupFacts& facts, const cgroups::HomeWish& wish) {
  const Result<cgroups::Home> home = cgroups::choose_home(wish, facts.home);
  if (!home) {
    return failed(kCgroups, kDriver, home.error().message,
                  "set BERTH_CGROUP_DRIVER and BERTH_CGROUP_PARENT to auto, which fits every host");
  }
  return fine(
      kCgroups, kDriver,
      std::string(cgroups::name_of(home->driver)) + " below " + home->parent + ": " + home->reason);
}

std::string refusal_of_crun(const CgroupFacts& facts) {
  if (!facts.is_hybrid || facts.unified_controllers.empty()) return "";
  return "crun refuses this host: its cgroup2 mount beside cgroup v1 has controllers (" +
         listed(facts.unified_controllers) + ")";
}

}  // namespace berth::doctor
