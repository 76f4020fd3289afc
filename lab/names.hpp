// names.hpp - ARNs and identifiers as the service gives them out.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/random.hpp"

namespace berth::lab {

inline constexpr std::string_view kAccount = "123456789012";

/// What every ARN of this lab begins with. Set once at start.
struct Names {
  std::string region = "us-east-1";

  std::string arn(std::string_view kind, std::string_view rest) const;
  std::string cluster_arn(std::string_view cluster) const { return arn("cluster", cluster); }
  /// "arn:aws:ecs:<region>:<account>:task/<cluster>/<id>" and so on for what lives in a cluster.
  std::string in_cluster(std::string_view kind, std::string_view cluster,
                         std::string_view id) const;
};

/// The text after the last '/': the id of a task or an instance, the name of a cluster.
std::string_view last_part(std::string_view arn);

/// "cluster", "task", "container-instance", "task-definition"; "" when it is no ECS ARN.
std::string_view kind_of(std::string_view arn);

/// Where a revision is looked for: "family", "family:3" or the ARN of either.
struct DefinitionName {
  std::string family;
  std::optional<std::int64_t> revision;  ///< absent: the newest ACTIVE one
  bool operator==(const DefinitionName&) const = default;
};
/// nullopt when the part after ':' is no positive number or the family is empty.
std::optional<DefinitionName> parse_definition_name(std::string_view text);

}  // namespace berth::lab
