// definition_file.cpp - the text of a file to a task, or to what is wrong with it; pure.
#include "agent/standing/definition_file.hpp"

#include <cstdint>
#include <cstdio>

#include "agent/standing/gpus.hpp"
#include "base/json.hpp"
#include "controlplane/definition/payload.hpp"
#include "controlplane/definition/task_definition.hpp"

namespace berth::standing {

namespace {

constexpr const char* kAccount = "000000000000";

std::string arn_of(const char* kind, const std::string& region, const std::string& rest) {
  return "arn:aws:ecs:" + (region.empty() ? "local" : region) + ":" + kAccount + ":" + kind +
         "/tasks.d/" + rest;
}

/// FNV-1a, 64 bits: tells versions of one file apart, over restarts and programs.
std::string digest_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(hash));
  return digits;
}

Error invalid(std::string message) {
  return {Errc::Invalid, 0, std::move(message)};
}

/// There is nobody to give a task of a file an interface as the control plane does, but for the
/// plugins of a CNI network.
Result<> check_network_mode(const Json& definition, const inbox::Rules& rules) {
  const std::string mode = definition.value("networkMode", "");
  if (mode == "awsvpc" && rules.gives_addresses) return ok();
  if (mode.empty() || mode == "bridge" || mode == "host" || mode == "none") return ok();
  return invalid(
      "networkMode \"" + mode +
      "\": tasks of files get no interface of their own; allowed are bridge, host, none, and "
      "awsvpc with BERTH_ENI_DRIVER=cni");
}

definition::Launch launch_of(const Json& definition, const std::string& region,
                             const std::string& version) {
  const std::string family = definition["family"];
  definition::Launch launch;
  launch.task_arn = arn_of("task", region, family);
  launch.task_id = family;
  launch.desired_status = name_of(model::Goal::Running);
  launch.version = version;
  launch.account = kAccount;
  launch.group = "family:" + family;
  launch.launch_type = "EXTERNAL";
  launch.region = region;
  if (definition.contains("cpu")) launch.cpu = definition["cpu"];
  if (definition.contains("memory")) launch.memory = definition["memory"];
  return launch;
}

}  // namespace

Result<Understood> read_definition(const std::string& file, std::string_view text,
                                   const std::string& region, const inbox::Rules& rules) {
  BERTH_TRY(Json json, parse_json(text, kMostFileBytes));
  // Spaces and the order of members are no other version.
  const std::string version = digest_of(dump_json(json));
  auto normalised = definition::normalised_definition(std::move(json));
  if (!normalised) return invalid(normalised.error().message);
  BERTH_CHECK(check_network_mode(*normalised, rules));
  const protocol::Task asked =
      definition::payload_of(*normalised, launch_of(*normalised, region, version));
  inbox::Verdict verdict = inbox::accept(asked, rules);
  if (auto* refusal = std::get_if<inbox::Refusal>(&verdict)) return invalid(refusal->reason);
  auto& accepted = std::get<inbox::Accepted>(verdict);
  for (const char* role : {"taskRoleArn", "executionRoleArn"}) {
    if (!normalised->value(role, "").empty()) accepted.passed_over.push_back(role);
  }
  accepted.task.origin = model::Origin::Local;
  accepted.task.file = file;
  want_gpus(*normalised, accepted.task);
  return Understood{std::move(accepted.task), std::move(accepted.passed_over)};
}

model::Task launched(model::Task task, const std::string& region, const std::string& id) {
  task.arn = arn_of("task", region, id);
  for (model::Container& container : task.containers) {
    container.arn = arn_of("container", region, id + "/" + container.name);
  }
  return task;
}

}  // namespace berth::standing
