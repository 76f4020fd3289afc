// api_tags.cpp - tags of clusters, definitions, instances and tasks.
#include <algorithm>

#include "lab/api.hpp"

namespace berth::lab {

namespace {

constexpr std::size_t kMostTags = 50;  // ECS service quotas, "tags per resource"

/// The tags of a thing, and how to write the thing down.
struct Tagged {
  Json* tags = nullptr;
  std::function<Reply<>()> keep;
};

Reply<Tagged> find_tagged(Lab& lab, const std::string& arn) {
  const std::string_view kind = kind_of(arn);
  if (kind == "cluster") {
    BERTH_TRY(Cluster * cluster, lab.find_cluster(arn));
    return Tagged{&cluster->tags, [&lab, cluster] { return lab.keep(*cluster); }};
  }
  if (kind == "task-definition") {
    if (Definition* found = lab.definitions().find(arn); found && found->arn == arn) {
      return Tagged{&found->tags, [&lab, found] { return lab.keep(*found); }};
    }
  }
  if (kind == "container-instance") {
    if (auto found = lab.instances().find(arn); found != lab.instances().end()) {
      Instance* instance = &found->second;
      return Tagged{&instance->tags, [&lab, instance] { return lab.keep(*instance); }};
    }
  }
  if (kind == "task") {
    const auto found = lab.tasks().find(std::string(last_part(arn)));
    if (found != lab.tasks().end() && found->second.arn == arn) {
      Task* task = &found->second;
      return Tagged{&task->tags, [&lab, task] { return lab.changed(*task); }};
    }
  }
  if (kind.empty()) {
    return parameter_fault("Invalid resource ARN. Enter a valid ARN and try again.");
  }
  return parameter_fault(
      "The specified resource was not found. Enter a valid resource ARN and try again.");
}

constexpr Member kTag[] = {{"key", Kind::Text}, {"value", Kind::Text}};
constexpr Member kTags[] = {{"tags", Kind::Objects, kTag}};

}  // namespace

Reply<Json> tags_of(const Json& input) {
  BERTH_CHECK(check_shape(input, kTags, ""));
  Json tags = Json::array();
  for (const auto& given : input.value("tags", Json::array())) {
    const std::string key = given.value("key", "");
    const std::string value = given.value("value", "");
    if (key.empty() || key.size() > 128) {
      return parameter_fault("A tag's key must have 1 to 128 characters.");
    }
    if (key.starts_with("aws:")) {
      return parameter_fault("Tag key '" + key + "' begins with the reserved prefix 'aws:'.");
    }
    if (value.size() > 256) {
      return parameter_fault("The value of tag '" + key + "' has more than 256 characters.");
    }
    tags = merged_tags(tags, Json::array({{{"key", key}, {"value", value}}}));
  }
  if (tags.size() > kMostTags) return parameter_fault("A resource can have at most 50 tags.");
  return tags;
}

Json merged_tags(const Json& into, const Json& added) {
  Json tags = into;
  for (const auto& one : added) {
    const auto same = std::find_if(tags.begin(), tags.end(),
                                   [&one](const Json& tag) { return tag["key"] == one["key"]; });
    if (same == tags.end()) {
      tags.push_back(one);
    } else {
      *same = one;
    }
  }
  return tags;
}

bool includes(const Json& input, std::string_view what) {
  const auto found = input.find("include");
  if (found == input.end() || !found->is_array()) return false;
  return std::find(found->begin(), found->end(), Json(what)) != found->end();
}

Reply<Json> tag_resource(Lab& lab, const Call& call) {
  BERTH_TRY(const std::string arn, text_in(call.input, "resourceArn"));
  BERTH_TRY(const Json tags, tags_of(call.input));
  BERTH_TRY(const Tagged tagged, find_tagged(lab, arn));
  Json merged = merged_tags(*tagged.tags, tags);
  if (merged.size() > kMostTags) return parameter_fault("A resource can have at most 50 tags.");
  *tagged.tags = std::move(merged);
  BERTH_CHECK(tagged.keep());
  return Json::object();
}

Reply<Json> untag_resource(Lab& lab, const Call& call) {
  BERTH_TRY(const std::string arn, text_in(call.input, "resourceArn"));
  BERTH_TRY(const std::vector<std::string> keys, texts_in(call.input, "tagKeys"));
  BERTH_TRY(const Tagged tagged, find_tagged(lab, arn));
  Json left = Json::array();
  for (const auto& tag : *tagged.tags) {
    if (std::find(keys.begin(), keys.end(), tag["key"]) == keys.end()) left.push_back(tag);
  }
  *tagged.tags = std::move(left);
  BERTH_CHECK(tagged.keep());
  return Json::object();
}

Reply<Json> list_tags_for_resource(Lab& lab, const Call& call) {
  BERTH_TRY(const std::string arn, text_in(call.input, "resourceArn"));
  BERTH_TRY(const Tagged tagged, find_tagged(lab, arn));
  return Json{{"tags", *tagged.tags}};
}

}  // namespace berth::lab
