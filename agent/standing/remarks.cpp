// remarks.cpp - the definition is walked as it was written.
#include "agent/standing/remarks.hpp"

#include <algorithm>
#include <cctype>

#include "agent/standing/fates.hpp"

namespace berth::standing {

namespace {

const Json kNothing;

/// For what is not honoured: a value that asks for nothing is no loss.
bool asks_for_nothing(const Json& value) {
  if (value.is_boolean()) return !value.get<bool>();
  if (value.is_string()) return value.get_ref<const std::string&>().empty();
  return value.is_null() || (value.is_structured() && value.empty());
}

bool is_at_or_below(std::string_view path, std::string_view above) {
  if (!path.starts_with(above)) return false;
  return path.size() == above.size() || path[above.size()] == '.' || path[above.size()] == '[';
}

}  // namespace

/// Where the walk is.
struct Remarks::Place {
  std::string path;     ///< "containerDefinitions[0].cpu"
  std::string pattern;  ///< "containerDefinitions[].cpu"
  const Json& container;

  Place member(const std::string& name) const {
    if (path.empty()) return {name, name, container};
    return {path + "." + name, pattern + "." + name, container};
  }
  Place element(std::size_t at, const Json& value) const {
    const bool is_container = pattern == "containerDefinitions";
    return {path + "[" + std::to_string(at) + "]", pattern + "[]",
            is_container ? value : container};
  }
};

Remarks::Remarks(std::string_view text, const Json& definition, const Node& node)
    : definition_(definition), node_(node) {
  const auto order = nlohmann::ordered_json::parse(text, nullptr, false);
  walk(order, definition, {"", "", kNothing});
}

void Remarks::walk(const nlohmann::ordered_json& order, const Json& value, const Place& place) {
  for (const auto& [name, inner] : order.items()) {
    const auto found = value.find(name);
    if (found == value.end()) continue;  // it was null
    walk_member(inner, *found, place.member(name));
  }
}

void Remarks::walk_member(const nlohmann::ordered_json& order, const Json& value,
                          const Place& place) {
  const bool has_row = find_fate(place.pattern) != nullptr;
  if (has_row || !has_fates_below(place.pattern) || !value.is_structured()) note(value, place);
  if (!has_fates_below(place.pattern)) return;
  if (value.is_array()) {
    for (std::size_t at = 0; at < value.size(); ++at) {
      if (value[at].is_object()) walk(order[at], value[at], place.element(at, value[at]));
    }
  } else if (value.is_object() && !has_row) {
    walk(order, value, place);
  } else if (value.is_object()) {
    // The row is of all members but those that have one of their own.
    for (const auto& [name, inner] : value.items()) {
      const Place member = place.member(name);
      if (find_fate(member.pattern) != nullptr) note(inner, member);
    }
  }
}

void Remarks::note(const Json& value, const Place& place) {
  Noted noted;
  noted.remark.path = place.path;
  const Row* row = find_fate(place.pattern);
  if (row == nullptr) {
    noted.remark.fate = Fate::Ignored;
    noted.remark.words = "no field of a task definition that berth knows";
    noted_.push_back(std::move(noted));
    return;
  }
  noted.remark.fate = row->fate;
  noted.remark.words = row->words;
  noted.passed_over = row->passed_over.empty() ? row->words : row->passed_over;
  std::optional<Ruling> ruling;
  if (row->judge != nullptr) ruling = row->judge({value, definition_, place.container, node_});
  if (ruling) {
    noted.is_judged = true;
    noted.remark.fate = ruling->fate;
    noted.remark.words = std::move(ruling->words);
  } else if (row->fate != Fate::Honoured && asks_for_nothing(value)) {
    noted.remark.fate = Fate::Honoured;
    noted.remark.words = "asks for nothing";
  }
  noted_.push_back(std::move(noted));
}

/// The remark of the field itself, else of the nearest one around it; nullptr for neither.
Remarks::Noted* Remarks::around(const std::string& field) {
  Noted* nearest = nullptr;
  for (Noted& one : noted_) {
    if (!is_at_or_below(field, one.remark.path)) continue;
    const bool is_nearer =
        nearest == nullptr || one.remark.path.size() > nearest->remark.path.size();
    if (is_nearer) nearest = &one;
  }
  return nearest;
}

std::vector<Remarks::Noted*> Remarks::below(const std::string& field) {
  std::vector<Noted*> all;
  for (Noted& one : noted_) {
    if (is_at_or_below(one.remark.path, field)) all.push_back(&one);
  }
  return all;
}

void Remarks::pass_over(const std::string& field) {
  if (Noted* one = around(field)) {
    const std::string part = field.substr(one->remark.path.size());
    // "after the first 15" and the like: the rest of it counts.
    const bool is_in_part = !part.empty() && one->passed_over.ends_with(": ");
    one->remark.fate = Fate::Ignored;
    one->remark.words = std::string(one->passed_over) + (is_in_part ? part.substr(1) : "");
    return;
  }
  const std::vector<Noted*> parts = below(field);
  for (Noted* part : parts) {
    if (part->is_judged || part->remark.fate == Fate::Refused) continue;
    part->remark.fate = Fate::Ignored;
    part->remark.words = part->passed_over;
  }
  if (parts.empty()) noted_.push_back({{field, Fate::Ignored, "not acted on by berth yet"}, {}});
}

void Remarks::refuse(const std::string& field, const std::string& reason) {
  if (field.empty()) return;
  std::vector<Noted*> all;
  if (Noted* one = around(field)) {
    all.push_back(one);
  } else {
    all = below(field);
  }
  for (Noted* one : all) {
    // What the table refuses has the table's words so far.
    const bool is_said = one->remark.fate == Fate::Refused && one->is_judged;
    if (is_said) continue;
    one->remark.fate = Fate::Refused;
    one->remark.words = reason;
    one->is_judged = true;
  }
  if (all.empty()) noted_.push_back({{field, Fate::Refused, reason}, {}, true});
}

std::vector<Remark> Remarks::take() && {
  std::vector<Remark> remarks;
  for (Noted& one : noted_) remarks.push_back(std::move(one.remark));
  return remarks;
}

std::string field_in(std::string_view message) {
  const auto end = std::find_if_not(message.begin(), message.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == '[' || c == ']' || c == '_' || c == '-';
  });
  return std::string(message.begin(), end);
}

}  // namespace berth::standing
