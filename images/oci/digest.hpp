// digest.hpp - content digests as the OCI writes them.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace berth::images::oci {

/// Checks "sha256:" and 64 lower-case hexadecimal digits: the one algorithm registries use.
///
/// fails:  Invalid (names the text and the rule).
/// source: OCI image-spec, descriptor.md, "Digests".
Result<> check_digest(std::string_view digest);

/// The digest of a text: "sha256:...".
std::string digest_of(std::string_view text);

}  // namespace berth::images::oci
