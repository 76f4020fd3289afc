// cgroups.cpp - the version, each controller, and how the missing one is turned on.
#include "agent/doctor/cgroups.hpp"

#include "agent/doctor/words.hpp"
#include "base/text.hpp"
#include "cgroups/tree.hpp"

namespace berth::doctor {

namespace {

constexpr const char* kCgroups = "cgroups";
constexpr const char* kDriver = "driver";

struct Controller {
  const char* v2;
  const char* v1;
  const char* without;  ///< what is lost
  bool is_vital;
};

constexpr Controller kControllers[] = {
    {"cpu", "cpu", "tasks cannot be given CPU shares", true},
    {"memory", "memory", "tasks have no memory limit, and no out-of-memory kill is seen", true},
    {"pids", "pids", "a task can use up all process numbers", true},
    {"io", "blkio", "disk traffic of tasks is not counted", false}};

std::string memory_cure(const CgroupFacts& facts) {
  const std::string words = "cgroup_enable=memory";
  if (!facts.firmware_command_line_file.empty()) {
    return "add \"" + words + "\" to the one line of " + facts.firmware_command_line_file +
           " and reboot";
  }
  if (facts.is_raspberry_pi) {
    return "add \"" + words +
           "\" to the one line of /boot/firmware/cmdline.txt (older systems: "
           "/boot/cmdline.txt) and reboot";
  }
  return "boot with \"" + words +
         "\": add it to GRUB_CMDLINE_LINUX in /etc/default/grub, run "
         "update-grub and reboot";
}

std::string cure_for(const Controller& controller, const CgroupFacts& facts) {
  if (std::string_view(controller.v2) == "memory") return memory_cure(facts);
  return std::string("run a kernel with the cgroup controller ") + controller.v2 +
         " and have nobody turn it off (cgroup_disable= on its command line)";
}

std::string why_missing(const Controller& controller, const CgroupFacts& facts) {
  std::string reason = std::string("missing: ") + controller.without;
  const std::string off = std::string("cgroup_disable=") + controller.v2;
  if (has_word(words_of(facts.kernel_command_line), off)) {
    reason += "; the kernel was booted with " + off;
  }
  return reason;
}

Finding judge_controller(const Controller& controller, const CgroupFacts& facts) {
  const char* name = facts.version == 2 ? controller.v2 : controller.v1;
  const std::string what = std::string(controller.v2) + " controller";
  if (has_word(facts.controllers, name)) return fine(kCgroups, what, "there");
  return {kCgroups, what, controller.is_vital ? Verdict::Error : Verdict::Warning,
          why_missing(controller, facts), cure_for(controller, facts)};
}

std::string text_in(const Dir& root, const std::string& path) {
  Result<std::string> text = root.read(path);
  return text ? std::string(trimmed(*text)) : "";
}

}  // namespace

CgroupFacts look_at_cgroups(const Dir& root) {
  CgroupFacts facts;
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
