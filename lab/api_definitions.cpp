// api_definitions.cpp - the calls about task definitions.
#include <algorithm>

#include "base/log.hpp"
#include "base/text.hpp"
#include "controlplane/definition/task_definition.hpp"
#include "lab/api.hpp"
#include "lab/deferred.hpp"

namespace berth::lab {

namespace {

std::string registered_by() {
  return "arn:aws:iam::" + std::string(kAccount) + ":root";
}

/// fails:  ClientException with the given sentence when there is none.
Reply<Definition*> find_definition(Lab& lab, const Json& input, bool with_revision,
                                   const std::string& otherwise) {
  BERTH_TRY(const std::string text, text_in(input, "taskDefinition"));
  const auto name = parse_definition_name(text);
  if (!name) {
    const auto colon = text.rfind(':');
    return colon == std::string::npos
               ? client_fault(otherwise)
               : parameter_fault("Invalid revision number. Number: " + text.substr(colon + 1));
  }
  if (with_revision && !name->revision) {
    return client_fault("Task definition must have a revision: family:revision or a full ARN.");
  }
  Definition* found = lab.definitions().find(*name);
  if (!found || (text.starts_with("arn:") && name->revision && found->arn != text)) {
    return client_fault(otherwise);
  }
  return found;
}

/// fails:  InvalidParameterException (not one of the choices).
Reply<std::string> choice_in(const Json& input, const char* name,
                             std::initializer_list<std::string_view> choices) {
  BERTH_TRY(std::string value, text_in(input, name));
  if (value.empty()) return std::string(*choices.begin());
  if (std::find(choices.begin(), choices.end(), value) != choices.end()) return value;
  return parameter_fault("Invalid " + std::string(name) + ": " + value);
}

/// One line for everything that is kept and changes nothing.
void warn_of_deferred(const Definition& definition) {
  const std::string fields = joined(deferred_fields(definition.shown));
  if (fields.empty()) return;
  log::warn(
      "task definition is kept with fields that are not acted on yet",
      {{"name", definition.family + ":" + std::to_string(definition.revision)}, {"field", fields}});
}

}  // namespace

Reply<Json> register_task_definition(Lab& lab, const Call& call) {
  BERTH_TRY(Json normalised, definition::normalised_definition(call.input));
  BERTH_TRY(Json tags, tags_of(call.input));
  Definition& definition = lab.definitions().add(std::move(normalised), std::move(tags),
                                                 registered_by(), lab.now(), lab.names());
  BERTH_CHECK(lab.keep(definition));
  warn_of_deferred(definition);
  Json reply = {{"taskDefinition", definition.shown}};
  if (!definition.tags.empty()) reply["tags"] = definition.tags;
  return reply;
}

Reply<Json> describe_task_definition(Lab& lab, const Call& call) {
  BERTH_TRY(const Definition* found,
            find_definition(lab, call.input, false, "Unable to describe task definition."));
  Json reply = {{"taskDefinition", found->shown}, {"tags", Json::array()}};
  if (includes(call.input, "TAGS")) reply["tags"] = found->tags;
  return reply;
}

Reply<Json> deregister_task_definition(Lab& lab, const Call& call) {
  BERTH_TRY(Definition * found, find_definition(lab, call.input, true,
                                                "The specified task definition does not exist."));
  lab.definitions().deactivate(*found, lab.now());
  BERTH_CHECK(lab.keep(*found));
  return Json{{"taskDefinition", found->shown}};
}

Reply<Json> list_task_definitions(Lab& lab, const Call& call) {
  BERTH_TRY(const std::string family, text_in(call.input, "familyPrefix"));
  BERTH_TRY(const std::string status, choice_in(call.input, "status", {"ACTIVE", "INACTIVE"}));
  BERTH_TRY(const std::string sort, choice_in(call.input, "sort", {"ASC", "DESC"}));
  std::vector<std::string> arns;
  for (const auto& [name, revisions] : lab.definitions().families()) {
    // The member is called a prefix, but the service compares the whole name.
    if (!family.empty() && name != family) continue;
    for (const auto& [revision, definition] : revisions) {
      if (definition.active == (status == "ACTIVE")) arns.push_back(definition.arn);
    }
  }
  if (sort == "DESC") std::reverse(arns.begin(), arns.end());
  return page_of(arns, call.input, "taskDefinitionArns");
}

Reply<Json> list_task_definition_families(Lab& lab, const Call& call) {
  BERTH_TRY(const std::string prefix, text_in(call.input, "familyPrefix"));
  BERTH_TRY(const std::string status,
            choice_in(call.input, "status", {"ALL", "ACTIVE", "INACTIVE"}));
  std::vector<std::string> families;
  for (const auto& [name, revisions] : lab.definitions().families()) {
    if (!name.starts_with(prefix)) continue;
    const bool active = std::any_of(revisions.begin(), revisions.end(),
                                    [](const auto& one) { return one.second.active; });
    if (status == "ALL" || active == (status == "ACTIVE")) families.push_back(name);
  }
  return page_of(families, call.input, "families");
}

}  // namespace berth::lab
