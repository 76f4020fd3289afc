// definitions.hpp - families and revisions of task definitions.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "lab/names.hpp"

namespace berth::lab {

/// One revision. Never changes but for becoming INACTIVE and its tags.
struct Definition {
  std::string arn;
  std::string family;
  std::int64_t revision = 0;
  bool active = true;
  Json shown;  ///< the taskDefinition of the API
  Json tags = Json::array();
};

/// Every revision ever registered, by family. A deleted revision's number is not used again.
class Definitions {
 public:
  /// normalised: of normalised_definition(). The revision is one more than the family ever had.
  Definition& add(Json normalised, Json tags, const std::string& registered_by, WallTime now,
                  const Names& names);
  /// A revision read back from the records.
  void restore(Definition definition);

  /// nullptr when there is none. Without a revision: the newest ACTIVE one.
  Definition* find(const DefinitionName& name);
  Definition* find(const std::string& arn);

  void deactivate(Definition& definition, WallTime now);

  const std::map<std::string, std::map<std::int64_t, Definition>>& families() const {
    return families_;
  }

 private:
  std::map<std::string, std::map<std::int64_t, Definition>> families_;
};

Json to_record(const Definition& definition);
/// fails:  Broken (not written by to_record).
Result<Definition> definition_from_record(const Json& record);

}  // namespace berth::lab
