// version.hpp - versions of the CNI protocol, and the newest that everybody knows; pure.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace berth::cni {

/// What is spoken here, newest first. Older ones cannot chain plugins.
/// source: CNI specification, "Released versions".
inline constexpr std::array<std::string_view, 5> kSpoken{"1.1.0", "1.0.0", "0.4.0", "0.3.1",
                                                         "0.3.0"};

/// Both are of kSpoken. The result of ADD goes with DEL, and CHECK exists, from 0.4.0 on; GC and
/// STATUS from 1.1.0 on.
bool is_at_least(std::string_view version, std::string_view than);

/// The versions a plugin says it knows.
struct Known {
  std::string type;  ///< the plugin's
  std::vector<std::string> versions;
};

/// The newest version that is spoken here, that the network asks for and that every plugin knows.
///
/// asked:  by the network's file; none: it leaves it to us.
/// fails:  Invalid, naming what each of them has.
Result<std::string> common_version(const std::vector<std::string>& asked,
                                   const std::vector<Known>& plugins);

/// The versions in the answer to VERSION. fails: Invalid.
Result<std::vector<std::string>> parse_versions(std::string_view answer);

}  // namespace berth::cni
