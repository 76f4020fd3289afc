// review.cpp - read as a task is read, asked as it is asked, and nothing started.
#include "agent/standing/review.hpp"

#include <algorithm>

#include "agent/standing/definition_file.hpp"
#include "agent/standing/fates.hpp"
#include "agent/standing/gpus.hpp"
#include "agent/standing/remarks.hpp"
#include "base/folder.hpp"
#include "controlplane/definition/gpus.hpp"
#include "controlplane/definition/shape.hpp"

namespace berth::standing {

namespace {

using Refusals = std::vector<inbox::Refused>;

constexpr const char* kTaskEni = "ecs.capability.task-eni";
constexpr const char* kArchitecture = "ecs.cpu-architecture";

bool registers(const Node& node, const std::string& attribute) {
  return std::find(node.attributes.begin(), node.attributes.end(), attribute) !=
         node.attributes.end();
}

/// Nodes that lack an attribute get no task that requires it: from Amazon ECS none at all, from
/// berth-lab as far as it looks at them.
void add_placement(const Json& definition, const Node& node, Refusals& refused) {
  if (node.sender == Sender::File) return;
  const std::string who =
      node.sender == Sender::AmazonEcs ? "Amazon ECS" : std::string("the control plane");
  for (const Json& one : definition["requiresAttributes"]) {
    const std::string name = one["name"];
    const bool is_looked_at = node.sender == Sender::AmazonEcs || name == kTaskEni;
    if (!is_looked_at || registers(node, name)) continue;
    const std::string field = name == kTaskEni ? "networkMode" : "";
    refused.push_back({field, (field.empty() ? "" : "networkMode \"awsvpc\": ") + who +
                                  " places it on nodes with the attribute " + name +
                                  ", which this one does not register"});
  }
  if (node.sender == Sender::AmazonEcs || !registers(node, kArchitecture)) return;
  const std::string wanted =
      definition.value("runtimePlatform", Json::object()).value("cpuArchitecture", "");
  const std::string& own = node.facts.architecture;
  const bool is_another =
      (wanted == "X86_64" && own != "x86_64") || (wanted == "ARM64" && own != "arm64");
  if (!is_another) return;
  refused.push_back({"runtimePlatform.cpuArchitecture",
                     "runtimePlatform.cpuArchitecture \"" + wanted + "\": " + who +
                         " places it on such nodes; this one is " + own});
}

/// A field of the task, or of each container where it has none.
std::vector<std::string> fields_of(const Json& definition, const std::string& member) {
  if (definition.contains(member)) return {member};
  std::vector<std::string> fields;
  for (std::size_t at = 0; at < definition["containerDefinitions"].size(); ++at) {
    if (!definition["containerDefinitions"][at].contains(member)) continue;
    fields.push_back("containerDefinitions[" + std::to_string(at) + "]." + member);
  }
  return fields;
}

void add_gpus(const Json& definition, const model::Task& task, const Node& node,
              Refusals& refused) {
  const Result<> given = check_gpus(task, node.facts.gpus.ids);
  if (given) return;
  for (std::size_t at = 0; at < task.containers.size(); ++at) {
    if (definition::gpus_of(definition["containerDefinitions"][at]) == 0) continue;
    refused.push_back({"containerDefinitions[" + std::to_string(at) + "].resourceRequirements",
                       given.error().message});
  }
}

/// What standing and the resource queue would say when the task is to start.
void add_node(const Json& definition, model::Task task, const Node& node, Refusals& refused,
              std::string& waits_for) {
  add_gpus(definition, task, node, refused);
  if (node.sender == Sender::File) {
    const Result<> there = node.check_network(task);
    if (!there) refused.push_back({field_in(there.error().message), there.error().message});
  }
  if (!refused.empty()) return;
  choose_gpus(task, node.facts.gpus.ids, {});
  if (const auto misfit = node.misfit(task)) {
    const std::vector<std::string> fields = fields_of(definition, misfit->member);
    for (const std::string& field : fields) refused.push_back({field, misfit->words});
    if (fields.empty()) refused.push_back({"", misfit->words});
    return;
  }
  waits_for = node.waits_for(task).value_or("");
}

/// The definition, and what is not part of it but is said beside it in a file.
Result<Reading> read_for(Json says, const Node& node) {
  // The control plane reads RunTask's members by itself; a definition has none of them.
  if (node.sender != Sender::File && says.is_object()) says.erase("networkConfiguration");
  return read_closely("", std::move(says), node.region, node.rules);
}

Review refused_unread(const Error& why) {
  Review review;
  review.refusal = why.message;
  const std::string field = field_in(why.message);
  const std::string_view member = std::string_view(field).substr(0, field.find_first_of(".["));
  const bool is_field = find_fate(member) != nullptr || has_fates_below(member);
  if (is_field) review.remarks.push_back({field, Fate::Refused, why.message});
  return review;
}

}  // namespace

std::string_view name_of(Fate fate) {
  switch (fate) {
    case Fate::Honoured: return "honoured";
    case Fate::Emulated: return "emulated";
    case Fate::Ignored: return "ignored";
    case Fate::Refused: return "refused";
  }
  return "refused";
}

Review review(std::string_view text, const Node& node) {
  const Result<Json> says = parse_json(text, kMostFileBytes);
  if (!says) return refused_unread(says.error());
  Result<Reading> reading = read_for(*says, node);
  if (!reading) return refused_unread(reading.error());

  Review review;
  Refusals refused = std::move(reading->refused);
  add_placement(reading->definition, node, refused);
  if (reading->task) {
    add_node(reading->definition, std::move(*reading->task), node, refused, review.waits_for);
  }
  Json shown = *says;
  definition::drop_nulls(shown);
  Remarks remarks(text, shown, node);
  for (const std::string& field : reading->passed_over) remarks.pass_over(field);
  for (const inbox::Refused& one : refused) remarks.refuse(one.field, one.reason);
  review.remarks = std::move(remarks).take();
  if (!refused.empty()) review.refusal = refused.front().reason;
  if (!review.refusal.empty()) review.waits_for.clear();
  return review;
}

}  // namespace berth::standing
