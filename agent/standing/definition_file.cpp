// definition_file.cpp - the text of a file to a task, or to what is wrong with it; pure.
#include "agent/standing/definition_file.hpp"

#include <cstdint>
#include <cstdio>
#include <optional>

#include "agent/standing/gpus.hpp"
#include "agent/standing/network_wish.hpp"
#include "base/folder.hpp"
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

/// In awsvpc the task gets an interface in a network of the node, if not by the plugins of a CNI
/// network, which want to be told nothing.
Result<> add_wish(const std::string& mode, std::optional<model::Eni> wish, bool has_plugins,
                  model::Task& task) {
  if (mode != "awsvpc") {
    if (!wish) return ok();
    return invalid("networkConfiguration: goes with networkMode \"awsvpc\" alone; here it is \"" +
                   (mode.empty() ? "bridge" : mode) + "\"");
  }
  const bool is_of_plugins = has_plugins && !wish;
  if (!is_of_plugins) task.eni = wish ? std::move(*wish) : model::Eni{};
  return ok();
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

Result<Reading> read_closely(const std::string& file, Json says, const std::string& region,
                             const inbox::Rules& rules) {
  // Spaces and the order of members are no other version.
  const std::string version = digest_of(dump_json(says));
  BERTH_TRY(std::optional<model::Eni> wish, take_network_wish(says));
  auto normalised = definition::normalised_definition(std::move(says));
  if (!normalised) return invalid(normalised.error().message);
  const protocol::Task asked =
      definition::payload_of(*normalised, launch_of(*normalised, region, version));
  inbox::Rules own_rules = rules;
  own_rules.gives_addresses = true;  // nobody describes an interface in a file
  inbox::Verdict verdict = inbox::accept(asked, own_rules);
  Reading reading;
  if (auto* refusal = std::get_if<inbox::Refusal>(&verdict)) {
    reading.refused = std::move(refusal->refused);
    reading.passed_over = std::move(refusal->passed_over);
  } else {
    auto& accepted = std::get<inbox::Accepted>(verdict);
    reading.task = std::move(accepted.task);
    reading.passed_over = std::move(accepted.passed_over);
  }
  for (const char* role : {"taskRoleArn", "executionRoleArn"}) {
    if (!normalised->value(role, "").empty()) reading.passed_over.push_back(role);
  }
  reading.definition = std::move(*normalised);
  if (!reading.task) return reading;
  const std::string mode = reading.definition.value("networkMode", "");
  const auto added = add_wish(mode, std::move(wish), rules.gives_addresses, *reading.task);
  if (!added) {
    reading.refused.push_back({"networkConfiguration", added.error().message});
    reading.task.reset();
    return reading;
  }
  reading.task->origin = model::Origin::Local;
  reading.task->file = file;
  want_gpus(reading.definition, *reading.task);
  return reading;
}

Result<Understood> read_definition(const std::string& file, std::string_view text,
                                   const std::string& region, const inbox::Rules& rules) {
  BERTH_TRY(Json says, parse_json(text, kMostFileBytes));
  BERTH_TRY(Reading reading, read_closely(file, std::move(says), region, rules));
  if (!reading.task) return invalid(reading.refused.front().reason);
  return Understood{std::move(*reading.task), std::move(reading.passed_over)};
}

model::Task launched(model::Task task, const std::string& region, const std::string& id) {
  task.arn = arn_of("task", region, id);
  for (model::Container& container : task.containers) {
    container.arn = arn_of("container", region, id + "/" + container.name);
  }
  return task;
}

}  // namespace berth::standing
