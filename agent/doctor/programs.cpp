// programs.cpp - found, asked for the version, judged.
#include "agent/doctor/programs.hpp"

#include <algorithm>
#include <sstream>

#include "agent/doctor/words.hpp"
#include "base/text.hpp"

namespace berth::doctor {

namespace {

constexpr const char* kRuntime = "runtime";
constexpr const char* kHelpers = "helpers";
constexpr std::size_t kMostLines = 16;

/// The first number among what it said: "Version:  1.6.20", "runc version 1.1.5".
std::string version_in(const Program& program) {
  for (const std::string& line : program.lines) {
    for (const std::string& word : words_of(line)) {
      const bool is_number = word.find_first_of("0123456789") <= 1;
      if (is_number && word.find('.') != std::string::npos) return word;
    }
  }
  return "of a version it does not tell";
}

bool mentions(const Program& program, const std::string& word) {
  return std::any_of(program.lines.begin(), program.lines.end(),
                     [&](const std::string& line) { return has_word(words_of(line), word); });
}

constexpr const char* kLate = ", asked for its version, had not ended in time";

std::string found_text(const Program& program) {
  return program.path + ", " + version_in(program);
}

}  // namespace

Async<Program> ask_program(Spawner* spawner, std::string name, std::string search_path,
                           std::string argument, Deadline by) {
  Program program;
  program.name = name;
  const std::optional<std::string> path = find_program(name, search_path);
  if (!path) co_return program;
  program.path = *path;
  Command command;
  command.argv = {*path, std::move(argument)};
  command.environment = {"PATH=" + search_path, "LC_ALL=C.UTF-8"};
  Result<Said> said = co_await hear_out(*spawner, std::move(command), kMostLines, by);
  if (said) program.lines = std::move(said->lines);
  // Killed at its deadline, it may also be seen to end by that, or not to begin at all.
  const bool is_well = said && said->exited.code == 0;
  if (!is_well && by.has_passed()) {
    program.is_late = true;
  } else if (!said) {
    program.failure = said.error().message;
  } else if (said->exited.code != 0) {
    program.failure = "it ended with " + std::to_string(said->exited.code);
    const std::string_view complaint = trimmed(said->exited.error_tail);
    if (!complaint.empty()) program.failure += ": " + lines_of(complaint).front();
  }
  co_return program;
}

std::string shim_of(const std::string& runtime) {
  if (runtime.starts_with("/")) return runtime;
  std::vector<std::string> parts;
  std::istringstream words(runtime);
  for (std::string part; std::getline(words, part, '.');) parts.push_back(part);
  const bool has_two = parts.size() >= 2 && !runtime.ends_with(".");
  if (!has_two || parts.front().empty()) return "";
  return "containerd-shim-" + parts[parts.size() - 2] + "-" + parts.back();
}

Finding judge_shim(const std::string& runtime, const Program& shim) {
  const std::string what = "shim";
  if (shim.name.empty()) {
    return failed(kRuntime, what, "\"" + runtime + "\" names no shim",
                  "have BERTH_RUNTIME name one as io.containerd.runc.v2 does, or its path");
  }
  if (shim.path.empty()) {
    return failed(kRuntime, what, shim.name + " is not there, which " + runtime + " needs",
                  "install it beside containerd (Debian: package containerd), or set "
                  "BERTH_RUNTIME to one that is there");
  }
  if (shim.is_late) return unknown(kRuntime, what, shim.path + kLate);
  if (!shim.failure.empty()) {
    return failed(kRuntime, what, shim.path + ": " + shim.failure, "install containerd anew");
  }
  return fine(kRuntime, what, found_text(shim));
}

Finding judge_oci_runtime(const Program& runtime, const CgroupFacts& cgroups) {
  const std::string what = "OCI runtime";
  if (runtime.path.empty()) {
    return failed(kRuntime, what, runtime.name + " is not there",
                  "install it (Debian: package runc)");
  }
  if (runtime.is_late) return unknown(kRuntime, what, runtime.path + kLate);
  if (!runtime.failure.empty()) {
    return failed(kRuntime, what, runtime.path + ": " + runtime.failure,
                  "install " + runtime.name + " anew");
  }
  const bool is_crun = runtime.name.ends_with("crun") || mentions(runtime, "crun");
  const std::string refusal = is_crun ? refusal_of_crun(cgroups) : "";
  if (refusal.empty()) return fine(kRuntime, what, found_text(runtime));
  return failed(kRuntime, what, found_text(runtime) + ": " + refusal,
                "use runc, or boot with systemd.unified_cgroup_hierarchy=1, which gives cgroup v2 "
                "alone");
}

Finding judge_helper(const Program& helper, const std::string& version) {
  const std::string what = helper.name.substr(helper.name.rfind('/') + 1);
  if (helper.path.empty()) {
    return failed(kHelpers, what, helper.name + " is not there, or may not be run",
                  "install berth whole, or name the directory of its helpers in "
                  "BERTH_LIBEXEC_DIR");
  }
  if (helper.is_late) return unknown(kHelpers, what, helper.path + kLate);
  if (!helper.failure.empty()) {
    return failed(kHelpers, what, helper.path + ": " + helper.failure, "install berth anew");
  }
  if (!mentions(helper, version)) {
    return warned(kHelpers, what, found_text(helper) + ", while berthd is " + version,
                  "install all programs of berth from one build");
  }
  return fine(kHelpers, what, found_text(helper));
}

}  // namespace berth::doctor
