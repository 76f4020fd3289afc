// shape.hpp - which type each member of a request must have; pure.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "controlplane/definition/fault.hpp"

namespace berth::definition {

enum class Kind { Text, Integer, Number, Boolean, Texts, Integers, TextMap, Object, Objects };

/// One member of a structure. What is not named in a shape may be anything and is kept as it came,
/// so that members newer than this program survive.
struct Member {
  std::string_view name;
  Kind kind;
  std::span<const Member> of = {};  ///< members of an Object, or of each of the Objects
};

/// fails:  SerializationException, naming the member and what it was.
Reply<> check_shape(const Json& value, std::span<const Member> members, const std::string& where);

/// Removes members that are null, everywhere: the service treats them as absent.
void drop_nulls(Json& value);

/// The shape of a RegisterTaskDefinition request.
std::span<const Member> definition_shape();

}  // namespace berth::definition
