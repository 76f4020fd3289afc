// base64.hpp - bytes as text. source: RFC 4648, section 4.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace berth {

std::string encode_base64(std::string_view bytes);

/// nullopt for anything but padded base64 of at least one byte.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace berth
