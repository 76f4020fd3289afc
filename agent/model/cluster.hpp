// cluster.hpp - a cluster by its name or by its ARN.
#pragma once

#include <string>

namespace berth::model {

/// Of a name and an ARN the names count; two ARNs differ by region and account, too.
inline bool is_same_cluster(const std::string& one, const std::string& other) {
  const bool is_arn = one.starts_with("arn:");
  if (is_arn == other.starts_with("arn:")) return one == other;
  const std::string& arn = is_arn ? one : other;
  return arn.substr(arn.rfind('/') + 1) == (is_arn ? other : one);
}

}  // namespace berth::model
