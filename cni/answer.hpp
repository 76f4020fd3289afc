// answer.hpp - how a plugin ended, as a value or in words for people; pure.
#pragma once

#include <string>

#include "base/result.hpp"
#include "base/spawner.hpp"
#include "cni/request.hpp"

namespace berth::cni {

/// What a plugin said and how it ended.
struct Said {
  Exited exited;
  std::string output;  ///< its standard output
};

/// Its output when it ended well.
///
/// fails:  with the plugin's own msg, details and code (source: CNI specification, "Error"):
/// Invalid
///         (1, 2, 4, 6, 7: it does not take what it was given), NotFound (3: it knows no such
///         container), Unavailable (5, 11, 50, 51: try later), Denied (any other). Broken: it was
///         killed, or ended badly without a word that is to be understood.
Result<std::string> judge(const std::string& type, Verb verb, const Said& said);

}  // namespace berth::cni
