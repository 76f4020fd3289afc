// fields.hpp - reading nested structures with their path in messages, and leaving out what is
// empty. For the sources of this room only.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"

namespace berth::protocol {

/// A JsonReader whose nested structures tell their whole path: "containers[0].portMappings[1]".
/// `read` below is a function Result<T>(const Json&, std::string where).
class Fields : public JsonReader {
 public:
  Fields(const Json& value, std::string where) : JsonReader(value, std::move(where), true) {}

  std::string path(std::string_view name) const {
    return where().empty() ? std::string(name) : where() + "." + std::string(name);
  }

  template <class Read>
  auto list(std::string_view name, Read read) {
    using T = typename std::invoke_result_t<Read, const Json&, std::string>::value_type;
    std::vector<T> parts;
    for (const Json* element : array(name)) {
      auto part = read(*element, path(name) + "[" + std::to_string(parts.size()) + "]");
      if (!part) {
        nested_failed(std::move(part).error());
        break;
      }
      parts.push_back(std::move(part).value());
    }
    return parts;
  }

  template <class Read>
  auto part(std::string_view name, Read read) {
    using T = typename std::invoke_result_t<Read, const Json&, std::string>::value_type;
    std::optional<T> result;
    const Json* found = object(name);
    if (found == nullptr) return result;
    auto decoded = read(*found, path(name));
    if (decoded) {
      result = std::move(decoded).value();
    } else {
      nested_failed(std::move(decoded).error());
    }
    return result;
  }

  std::string required(std::string_view name) {
    std::string value = text(name);
    if (value.empty()) complain(name, "is required");
    return value;
  }

  std::map<std::string, std::string> texts_by_name(std::string_view name) {
    auto pairs = text_map(name);
    return {pairs.begin(), pairs.end()};
  }

  std::optional<WallTime> time(std::string_view name) {
    const auto seconds = maybe_number(name);
    if (!seconds) return std::nullopt;
    return from_epoch_seconds(*seconds);
  }

  std::optional<Error> failed() const {
    auto own = JsonReader::failed();
    return own ? own : nested_;
  }

 private:
  void nested_failed(Error error) {
    if (!nested_) nested_ = std::move(error);
  }

  std::optional<Error> nested_;
};

/// What was read, or the first complaint.
template <class T>
Result<T> read_or_complaint(const Fields& in, T value) {
  if (auto bad = in.failed()) return *std::move(bad);
  return value;
}

inline void put(Json& out, const char* name, const std::string& text) {
  if (!text.empty()) out[name] = text;
}
inline void put(Json& out, const char* name, const std::vector<std::string>& texts) {
  if (!texts.empty()) out[name] = texts;
}
inline void put_number(Json& out, const char* name, std::int64_t number) {
  if (number != 0) out[name] = number;
}
template <class T>
void put(Json& out, const char* name, const std::optional<T>& value) {
  if (value) out[name] = *value;
}
/// Seconds since the epoch, with milliseconds where there are any.
inline Json time_json(WallTime time) {
  const std::int64_t millis = time.time_since_epoch().count();
  if (millis % 1000 == 0) return millis / 1000;
  return epoch_seconds(time);
}
inline void put_time(Json& out, const char* name, const std::optional<WallTime>& time) {
  if (time) out[name] = time_json(*time);
}
/// A list of structures; `one` is a function Json(const T&).
template <class T, class One>
Json list_json(const std::vector<T>& parts, One one) {
  Json list = Json::array();
  for (const T& part : parts) list.push_back(one(part));
  return list;
}
template <class T, class One>
void put_list(Json& out, const char* name, const std::vector<T>& parts, One one) {
  if (!parts.empty()) out[name] = list_json(parts, one);
}

}  // namespace berth::protocol
