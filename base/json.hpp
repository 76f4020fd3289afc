// json.hpp - strict reading with depth and size limits; stable writing.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace berth {

using Json = nlohmann::json;

/// Parses one document. fails: Invalid (syntax, deeper than 64, longer than `limit` bytes).
Result<Json> parse_json(std::string_view text, std::size_t limit = 4 << 20);

/// Compact, keys sorted, invalid UTF-8 replaced: the same value always gives the same text.
std::string dump_json(const Json& value);

/// Reads members of one JSON object and remembers the first complaint, so that a decoder reads
/// top to bottom and asks once at the end. `where` names the object in messages ("containers[0]").
/// An absent member and a null are the same: the default. Member names match exactly first, then
/// without regard to case when `any_case` is set (the ECS payload needs that).
///
///   JsonReader in(value, "containers[0]");
///   c.name = in.text("name");  c.cpu = in.integer("cpu");
///   if (auto bad = in.failed()) return *bad;
class JsonReader {
 public:
  JsonReader(const Json& value, std::string where, bool any_case = false);

  std::string text(std::string_view name, std::string otherwise = "");
  std::int64_t integer(std::string_view name, std::int64_t otherwise = 0);
  double number(std::string_view name, double otherwise = 0);
  bool boolean(std::string_view name, bool otherwise = false);
  std::optional<std::string> maybe_text(std::string_view name);
  std::optional<std::int64_t> maybe_integer(std::string_view name);
  std::optional<double> maybe_number(std::string_view name);
  std::optional<bool> maybe_boolean(std::string_view name);
  std::optional<std::vector<std::string>> maybe_texts(std::string_view name);
  std::vector<std::string> texts(std::string_view name);
  std::vector<std::pair<std::string, std::string>> text_map(std::string_view name);
  /// Elements of an array member; empty when absent. The pointers live as long as the document.
  std::vector<const Json*> array(std::string_view name);
  const Json* object(std::string_view name);  ///< nullptr when absent
  const Json* any(std::string_view name);     ///< whatever it is; nullptr when absent or null
  /// Names of members that no call has asked for.
  std::vector<std::string> unread() const;

  /// Complains of the first of those, as one that is not known; `allowed`: the names of all.
  void complain_of_unread(std::string_view allowed);

  /// Remembers a complaint: "<where>.<name>: <why>".
  void complain(std::string_view name, std::string_view why);
  /// The first complaint (Invalid), if any.
  std::optional<Error> failed() const { return failed_; }
  const std::string& where() const { return where_; }

 private:
  const Json* find(std::string_view name);
  const Json* typed(std::string_view name, bool (Json::*is)() const noexcept, const char* wanted);

  const Json* object_ = nullptr;
  std::string where_;
  bool any_case_;
  std::vector<std::string> read_;
  std::optional<Error> failed_;
};

}  // namespace berth
