// parts_read.hpp - the shared structures read as members of others, `where` naming their place.
// For the sources of this room only.
#pragma once

#include <string>

#include "controlplane/protocol/parts.hpp"

namespace berth::protocol {

Result<ElasticNetworkInterface> read_eni(const Json& value, std::string where);
Result<RoleCredentials> read_credentials(const Json& value, std::string where);
Result<ResourceAttachment> read_attachment(const Json& value, std::string where);
Result<Tag> read_tag(const Json& value, std::string where);
Result<BerthInterface> read_berth_interface(const Json& value, std::string where);

/// encode() as one function object, for lists.
inline constexpr auto encoded = [](const auto& part) { return encode(part); };

}  // namespace berth::protocol
