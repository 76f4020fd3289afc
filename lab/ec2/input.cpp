// input.cpp - reading the members of a request to the EC2 API.
#include <fnmatch.h>

#include <algorithm>

#include "lab/ec2/api.hpp"

namespace berth::lab::ec2 {

namespace {

Fault wrong_kind(const char* name, const char* wanted) {
  return {"InvalidParameterValue", "The parameter " + std::string(name) + " must be " + wanted};
}

Reply<std::vector<Json>> list_of(const Json& input, const char* name) {
  const auto found = input.find(name);
  if (found == input.end()) return std::vector<Json>();
  if (!found->is_array()) return wrong_kind(name, "a list");
  return found->get<std::vector<Json>>();
}

bool matches(const std::vector<std::string>& values, const std::vector<std::string>& wanted) {
  return std::any_of(values.begin(), values.end(), [&wanted](const std::string& value) {
    return std::any_of(wanted.begin(), wanted.end(), [&value](const std::string& pattern) {
      return ::fnmatch(pattern.c_str(), value.c_str(), 0) == 0;
    });
  });
}

}  // namespace

Fault bad_value(const std::string& value, const std::string& name, const std::string& why) {
  return {"InvalidParameterValue",
          "Value (" + value + ") for parameter " + name + " is invalid. " + why};
}

Reply<std::string> text_of(const Json& input, const char* name) {
  const auto found = input.find(name);
  if (found == input.end()) return std::string();
  if (!found->is_string()) return wrong_kind(name, "a text");
  return found->get<std::string>();
}

Reply<std::string> required_text(const Json& input, const char* name) {
  BERTH_TRY(std::string text, text_of(input, name));
  if (!text.empty()) return text;
  return Fault{"MissingParameter", "The request must contain the parameter " + std::string(name)};
}

Reply<std::vector<std::string>> texts_of(const Json& input, const char* name) {
  BERTH_TRY(const std::vector<Json> list, list_of(input, name));
  std::vector<std::string> texts;
  for (const Json& one : list) {
    if (!one.is_string()) return wrong_kind(name, "a list of texts");
    texts.push_back(one);
  }
  return texts;
}

Reply<std::vector<Json>> objects_of(const Json& input, const char* name) {
  BERTH_TRY(std::vector<Json> list, list_of(input, name));
  if (std::all_of(list.begin(), list.end(), [](const Json& one) { return one.is_object(); })) {
    return list;
  }
  return wrong_kind(name, "a list of structures");
}

Reply<bool> flag_of(const Json& input, const char* name) {
  BERTH_TRY(const std::string text, text_of(input, name));
  if (text == "true") return true;
  if (text.empty() || text == "false") return false;
  return bad_value(text, name, "Must be true or false.");
}

Reply<> check_dry_run(const Json& input) {
  BERTH_TRY(const bool dry, flag_of(input, "DryRun"));
  if (!dry) return done();
  return Fault{"DryRunOperation", "Request would have succeeded, but DryRun flag is set."};
}

Reply<> check_vpc(const std::string& vpc) {
  if (vpc == kVpc) return done();
  return Fault{"InvalidVpcID.NotFound", "The vpc ID '" + vpc + "' does not exist"};
}

Reply<Json> tags_in(const Json& input, std::string_view resource_type) {
  Json tags = Json::array();
  BERTH_TRY(const auto specifications, objects_of(input, "TagSpecification"));
  for (const Json& one : specifications) {
    BERTH_TRY(const std::string type, text_of(one, "ResourceType"));
    if (type != resource_type) {
      return Fault{"InvalidParameterValue",
                   "'" + type + "' is not a valid taggable resource type for this operation."};
    }
    BERTH_TRY(const auto given, objects_of(one, "Tag"));
    for (const Json& tag : given) {
      BERTH_TRY(const std::string key, required_text(tag, "Key"));
      BERTH_TRY(const std::string value, text_of(tag, "Value"));
      tags.push_back({{"key", key}, {"value", value}});
    }
  }
  return tags;
}

Reply<Filters> Filters::in(const Json& input, std::span<const std::string_view> known) {
  Filters filters;
  BERTH_TRY(const auto given, objects_of(input, "Filter"));
  for (const Json& one : given) {
    BERTH_TRY(const std::string name, text_of(one, "Name"));
    BERTH_TRY(filters.wanted_[name], texts_of(one, "Value"));
    const bool is_known = std::find(known.begin(), known.end(), name) != known.end();
    if (is_known || name == "tag-key" || name.starts_with("tag:")) continue;
    return Fault{"InvalidParameterValue", "The filter '" + name + "' is invalid"};
  }
  return filters;
}

bool Filters::let_through(Attributes attributes, const Json& tags) const {
  for (const Json& tag : tags) {
    attributes["tag-key"].push_back(tag["key"]);
    attributes["tag:" + tag["key"].get<std::string>()].push_back(tag["value"]);
  }
  return std::all_of(wanted_.begin(), wanted_.end(), [&attributes](const auto& filter) {
    return matches(attributes[filter.first], filter.second);
  });
}

}  // namespace berth::lab::ec2
