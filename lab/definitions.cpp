// definitions.cpp - families and revisions of task definitions.
#include "lab/definitions.hpp"

namespace berth::lab {

Definition& Definitions::add(Json normalised, Json tags, const std::string& registered_by,
                             WallTime now, const Names& names) {
  const std::string family = normalised["family"];
  auto& revisions = families_[family];
  const std::int64_t revision = revisions.empty() ? 1 : revisions.rbegin()->first + 1;

  Definition definition;
  definition.family = family;
  definition.revision = revision;
  definition.arn = names.arn("task-definition", family + ":" + std::to_string(revision));
  definition.tags = std::move(tags);
  definition.shown = std::move(normalised);
  definition.shown["taskDefinitionArn"] = definition.arn;
  definition.shown["revision"] = revision;
  definition.shown["status"] = "ACTIVE";
  definition.shown["registeredAt"] = epoch_seconds(now);
  definition.shown["registeredBy"] = registered_by;
  return revisions.insert_or_assign(revision, std::move(definition)).first->second;
}

void Definitions::restore(Definition definition) {
  auto& revisions = families_[definition.family];
  const std::int64_t revision = definition.revision;
  revisions.insert_or_assign(revision, std::move(definition));
}

Definition* Definitions::find(const DefinitionName& name) {
  const auto family = families_.find(name.family);
  if (family == families_.end()) return nullptr;
  if (name.revision) {
    const auto found = family->second.find(*name.revision);
    return found == family->second.end() ? nullptr : &found->second;
  }
  for (auto at = family->second.rbegin(); at != family->second.rend(); ++at) {
    if (at->second.active) return &at->second;
  }
  return nullptr;
}

Definition* Definitions::find(const std::string& arn) {
  const auto name = parse_definition_name(arn);
  return name ? find(*name) : nullptr;
}

void Definitions::deactivate(Definition& definition, WallTime now) {
  if (!definition.active) return;
  definition.active = false;
  definition.shown["status"] = "INACTIVE";
  definition.shown["deregisteredAt"] = epoch_seconds(now);
}

Json to_record(const Definition& definition) {
  return {{"shown", definition.shown}, {"tags", definition.tags}};
}

Result<Definition> definition_from_record(const Json& record) {
  // nlohmann's at() and get() throw on a record that this file did not write.
  try {
    Definition definition;
    definition.shown = record.at("shown");
    definition.tags = record.at("tags");
    definition.arn = definition.shown.at("taskDefinitionArn");
    definition.family = definition.shown.at("family");
    definition.revision = definition.shown.at("revision");
    definition.active = definition.shown.at("status") == "ACTIVE";
    return definition;
  } catch (const Json::exception& error) {
    return Error{Errc::Broken, 0, "record of a task definition: " + std::string(error.what())};
  }
}

}  // namespace berth::lab
