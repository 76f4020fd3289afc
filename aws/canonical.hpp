// canonical.hpp - the pieces of a request in the one form that both sides sign; known to aws only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/http/message.hpp"

namespace berth::aws {

/// Dot segments and doubled slashes removed, then each segment percent-encoded as it stands, so
/// that an escape on the wire is encoded a second time.
std::string canonical_path(std::string_view path);
/// Names and values decoded, encoded again and sorted.
std::string canonical_query(std::string_view query);
/// All values of that header, trimmed, runs of spaces made one, joined by ','.
std::string canonical_header(const http::Headers& headers, std::string_view name);
/// Lower-case names of the headers that are signed, sorted, each once.
std::vector<std::string> headers_to_sign(const http::Headers& headers);

}  // namespace berth::aws
