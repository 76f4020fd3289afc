// names.hpp - whether a text can be a name of that kind; pure.
#pragma once

#include <string_view>

namespace berth::inbox {

/// [registry/]name[:tag][@digest]. Only the form is looked at; the pull knows the rest.
/// source: distribution, reference grammar.
bool is_image_name(std::string_view text);

/// 1 to 255 letters, digits, '-' and '_': containers and volumes. Paths are made of them, too.
/// source: ECS, task definition parameters, "name".
bool is_definition_name(std::string_view text);

/// 1 to 64 letters, digits, '-' and '.': what the kernel takes as a hostname.
/// source: Linux, sethostname(2), HOST_NAME_MAX.
bool is_host_name(std::string_view text);

/// An IPv4 or IPv6 address as text.
bool is_address(std::string_view text);
bool is_ipv4_address(std::string_view text);

/// The address of one Ethernet device: six pairs of hex digits with colons, not one of a group.
bool is_mac_address(std::string_view text);

bool has_nul(std::string_view text);

}  // namespace berth::inbox
