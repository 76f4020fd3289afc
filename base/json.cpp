// json.cpp - nlohmann/json behind limits and messages that name the member.
#include "base/json.hpp"

#include <strings.h>

#include <algorithm>

namespace berth {

namespace {
constexpr int kMaxDepth = 64;
}

Result<Json> parse_json(std::string_view text, std::size_t limit) {
  if (text.size() > limit) {
    return Error{Errc::Invalid, 0,
                 "JSON text of " + std::to_string(text.size()) + " bytes; allowed are " +
                     std::to_string(limit)};
  }
  bool too_deep = false;
  auto watch_depth = [&too_deep](int depth, Json::parse_event_t, Json&) {
    too_deep = too_deep || depth > kMaxDepth;
    return !too_deep;
  };
  try {
    Json value = Json::parse(text, watch_depth);
    if (too_deep) {
      return Error{Errc::Invalid, 0, "JSON text nested deeper than " + std::to_string(kMaxDepth)};
    }
    return value;
  } catch (const Json::parse_error& bad) {
    return Error{Errc::Invalid, 0,
                 "not JSON: error at byte " + std::to_string(bad.byte) + " of the text"};
  }
}

std::string dump_json(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

JsonReader::JsonReader(const Json& value, std::string where, bool any_case)
    : where_(std::move(where)), any_case_(any_case) {
  if (value.is_object()) {
    object_ = &value;
  } else {
    failed_ = Error{Errc::Invalid, 0, where_ + ": must be an object"};
  }
}

const Json* JsonReader::find(std::string_view name) {
  if (object_ == nullptr) return nullptr;
  auto found = object_->find(std::string(name));
  if (found == object_->end() && any_case_) {
    for (auto at = object_->begin(); at != object_->end(); ++at) {
      if (at.key().size() == name.size() &&
          strncasecmp(at.key().data(), name.data(), name.size()) == 0) {
        found = at;
        break;
      }
    }
  }
  if (found == object_->end()) return nullptr;
  read_.push_back(found.key());
  return found->is_null() ? nullptr : &*found;
}

const Json* JsonReader::typed(std::string_view name, bool (Json::*is)() const noexcept,
                              const char* wanted) {
  const Json* found = find(name);
  if (found == nullptr) return nullptr;
  if ((found->*is)()) return found;
  std::string shown = dump_json(*found);
  if (shown.size() > 80) shown = shown.substr(0, 77) + "...";
  complain(name, shown + " must be " + wanted);
  return nullptr;
}

std::optional<std::string> JsonReader::maybe_text(std::string_view name) {
  const Json* found = typed(name, &Json::is_string, "a string");
  return found ? std::optional(found->get<std::string>()) : std::nullopt;
}
std::optional<std::int64_t> JsonReader::maybe_integer(std::string_view name) {
  const Json* found = typed(name, &Json::is_number_integer, "a whole number");
  return found ? std::optional(found->get<std::int64_t>()) : std::nullopt;
}
std::optional<double> JsonReader::maybe_number(std::string_view name) {
  const Json* found = typed(name, &Json::is_number, "a number");
  return found ? std::optional(found->get<double>()) : std::nullopt;
}
std::optional<bool> JsonReader::maybe_boolean(std::string_view name) {
  const Json* found = typed(name, &Json::is_boolean, "true or false");
  return found ? std::optional(found->get<bool>()) : std::nullopt;
}

std::string JsonReader::text(std::string_view name, std::string otherwise) {
  return maybe_text(name).value_or(std::move(otherwise));
}
std::int64_t JsonReader::integer(std::string_view name, std::int64_t otherwise) {
  return maybe_integer(name).value_or(otherwise);
}
double JsonReader::number(std::string_view name, double otherwise) {
  return maybe_number(name).value_or(otherwise);
}
bool JsonReader::boolean(std::string_view name, bool otherwise) {
  return maybe_boolean(name).value_or(otherwise);
}

std::optional<std::vector<std::string>> JsonReader::maybe_texts(std::string_view name) {
  const Json* found = typed(name, &Json::is_array, "a list of strings");
  if (found == nullptr) return std::nullopt;
  std::vector<std::string> texts;
  for (const Json& element : *found) {
    if (!element.is_string()) {
      complain(name, "must be a list of strings");
      return std::nullopt;
    }
    texts.push_back(element.get<std::string>());
  }
  return texts;
}

std::vector<std::string> JsonReader::texts(std::string_view name) {
  return maybe_texts(name).value_or(std::vector<std::string>{});
}

std::vector<std::pair<std::string, std::string>> JsonReader::text_map(std::string_view name) {
  std::vector<std::pair<std::string, std::string>> pairs;
  const Json* found = typed(name, &Json::is_object, "an object of strings");
  if (found == nullptr) return pairs;
  for (auto at = found->begin(); at != found->end(); ++at) {
    if (!at->is_string()) {
      complain(std::string(name) + "." + at.key(), "must be a string");
      return {};
    }
    pairs.emplace_back(at.key(), at->get<std::string>());
  }
  return pairs;
}

std::vector<const Json*> JsonReader::array(std::string_view name) {
  std::vector<const Json*> elements;
  const Json* found = typed(name, &Json::is_array, "a list");
  if (found == nullptr) return elements;
  for (const Json& element : *found) elements.push_back(&element);
  return elements;
}

const Json* JsonReader::object(std::string_view name) {
  return typed(name, &Json::is_object, "an object");
}

const Json* JsonReader::any(std::string_view name) {
  return find(name);
}

std::vector<std::string> JsonReader::unread() const {
  std::vector<std::string> names;
  if (object_ == nullptr) return names;
  for (auto at = object_->begin(); at != object_->end(); ++at) {
    if (std::find(read_.begin(), read_.end(), at.key()) == read_.end()) names.push_back(at.key());
  }
  return names;
}

void JsonReader::complain_of_unread(std::string_view allowed) {
  for (const std::string& name : unread()) {
    complain(name, "is not known; members are " + std::string(allowed));
  }
}

void JsonReader::complain(std::string_view name, std::string_view why) {
  if (failed_) return;
  std::string field = where_;
  if (!field.empty() && !name.empty()) field += '.';
  field += name;
  failed_ = Error{Errc::Invalid, 0, field + ": " + std::string(why)};
}

}  // namespace berth
