// codec.hpp - how every structure of this room is turned into JSON and back.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace berth {
using Json = nlohmann::json;
}

namespace berth::protocol {

/// Reads one structure. Each header of this room declares the specialisations for its own.
/// Member names match in any case, an absent member and null are the same, unknown members are
/// passed over; a member of the wrong type or a missing required one is an error:
/// `containers[0].cpu: "x" must be a whole number`.
///
/// fails: Invalid.
template <class Message>
Result<Message> decode(const Json& value);

/// The longest `text` allowed: at most `limit` bytes, never ending inside a UTF-8 character.
std::string cut(std::string_view text, std::size_t limit);

}  // namespace berth::protocol
