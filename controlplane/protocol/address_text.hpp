// address_text.hpp - is a text an address, or a prefix. For the sources of this room only.
#pragma once

#include <optional>
#include <string>

namespace berth::protocol {

/// AF_INET or AF_INET6 of "10.0.1.5" or "fd00::5"; nullopt for anything else.
std::optional<int> family_of_address(const std::string& text);

/// AF_INET or AF_INET6 of "10.0.1.1/24" or "fd00::1/64"; nullopt for anything else.
std::optional<int> family_of_prefix(const std::string& text);

}  // namespace berth::protocol
