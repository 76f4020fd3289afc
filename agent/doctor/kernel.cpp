// kernel.cpp - which module is where, and what is missing.
#include "agent/doctor/kernel.hpp"

#include <algorithm>

#include "agent/doctor/words.hpp"
#include "base/text.hpp"

namespace berth::doctor {

namespace {

constexpr const char* kKernel = "kernel";
constexpr std::size_t kModuleLists = 16 << 20;  // modules.dep of a distribution has 600 KiB

std::string underscored(std::string_view name) {
  std::string text(name);
  std::replace(text.begin(), text.end(), '-', '_');
  return text;
}

/// "kernel/net/bridge/bridge.ko.xz: kernel/..." as "bridge". source: modules.dep(5).
std::string module_in(const std::string& line) {
  const std::string path = line.substr(0, line.find(':'));
  const std::size_t slash = path.rfind('/');
  const std::string file = slash == std::string::npos ? path : path.substr(slash + 1);
  return underscored(file.substr(0, file.find(".ko")));
}

bool lists(const Dir& root, const std::string& path, const std::string& module) {
  const Result<std::string> text = root.read(path, kModuleLists);
  if (!text) return false;
  const std::vector<std::string> lines = lines_of(*text);
  return std::any_of(lines.begin(), lines.end(),
                     [&](const std::string& line) { return module_in(line) == module; });
}

std::string reason_for(const Feature& feature) {
  switch (feature.presence) {
    case Presence::Works: return "there";
    case Presence::Loadable: return "a module, which the kernel loads when it is needed";
    case Presence::Missing: break;
  }
  return "missing" + (feature.reason.empty() ? std::string() : ": " + feature.reason);
}

}  // namespace

bool would_be_loaded(const Dir& root, std::string_view module) {
  const std::string name = underscored(module);
  if (root.exists("sys/module/" + name)) return false;
  const Result<std::string> release = root.read("proc/sys/kernel/osrelease");
  if (!release) return false;
  const std::string modules = "lib/modules/" + std::string(trimmed(*release));
  return !lists(root, modules + "/modules.builtin", name) &&
         lists(root, modules + "/modules.dep", name);
}

Feature with_modules(const Dir& root, Feature feature, const std::vector<std::string>& modules) {
  feature.presence = Presence::Loadable;
  const Result<std::string> disabled = root.read("proc/sys/kernel/modules_disabled");
  if (!disabled || trimmed(*disabled) != "1") return feature;
  feature.presence = Presence::Missing;
  feature.reason = "not loaded (" + joined(modules) +
                   "), and kernel.modules_disabled=1 keeps every module out until the next boot";
  feature.cure =
      "put " + joined(modules) +
      ", one to a line, into /etc/modules-load.d/berth.conf, and reboot: they are loaded "
      "before settings of sysctl.d are made";
  return feature;
}

Feature refused(const Dir& root, Feature feature, std::string reason) {
  feature.presence = Presence::Missing;
  feature.reason = std::move(reason);
  const Result<std::string> release = root.read("proc/sys/kernel/osrelease");
  const Result<Dir> modules = root.sub("lib/modules");
  if (!release || !modules) return feature;
  const std::string mine(trimmed(*release));
  const Result<std::vector<std::string>> others = modules->list();
  if (!others || others->empty() || modules->exists(mine)) return feature;
  feature.reason += "; /lib/modules/" + mine + " is gone, as after an upgrade of the kernel";
  feature.cure = "reboot: the kernel that is installed now has its modules there";
  return feature;
}

Findings judge_kernel(const std::vector<Feature>& features) {
  Findings findings;
  for (const Feature& one : features) {
    const std::string who =
        one.needed_by.empty() ? "" : std::string("; needed by ") + one.needed_by;
    if (one.presence != Presence::Missing || one.without == Verdict::Ok) {
      findings.push_back(fine(kKernel, one.name, reason_for(one) + who));
      continue;
    }
    const std::string cure =
        one.cure.empty() ? "run a kernel with it; distributions have it in their usual kernel or "
                           "in a package of extra modules (linux-modules-extra)"
                         : one.cure;
    findings.push_back({kKernel, one.name, one.without, reason_for(one) + who, cure});
  }
  return findings;
}

}  // namespace berth::doctor
