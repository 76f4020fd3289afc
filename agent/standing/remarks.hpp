// remarks.hpp - a remark for each field of a definition: the table's, then what was found; pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/standing/review.hpp"
#include "base/json.hpp"

namespace berth::standing {

/// Remarks under way.
class Remarks {
 public:
  /// What the table says of each field.
  ///
  /// text:       of the definition, for the order of its members.
  /// definition: the same, checked: each member has its type.
  Remarks(std::string_view text, const Json& definition, const Node& node);

  /// inbox::accept passes this over.
  void pass_over(const std::string& field);
  /// The task is refused because of this field. Of several refusals the first one counts.
  void refuse(const std::string& field, const std::string& reason);

  std::vector<Remark> take() &&;

 private:
  struct Noted {
    Remark remark;
    std::string_view passed_over;  ///< the row's words for that
    bool is_judged = false;        ///< value or node have decided already
  };
  struct Place;

  void walk(const nlohmann::ordered_json& order, const Json& value, const Place& place);
  void walk_member(const nlohmann::ordered_json& order, const Json& value, const Place& place);
  void note(const Json& value, const Place& place);
  Noted* around(const std::string& field);
  std::vector<Noted*> below(const std::string& field);

  const Json& definition_;
  const Node& node_;
  std::vector<Noted> noted_;
};

/// What a message begins with: `networkMode` of `networkMode "nat": ...`.
std::string field_in(std::string_view message);

}  // namespace berth::standing
