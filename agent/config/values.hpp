// values.hpp - texts of settings as values; pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "agent/config/config.hpp"
#include "base/result.hpp"

namespace berth::config {

/// 1 t T TRUE true True 0 f F FALSE false False. fails: Invalid.
/// source: Go, strconv.ParseBool.
Result<bool> parse_bool(std::string_view text);

/// A decimal number without sign. fails: Invalid (not a number, above `highest`).
Result<std::uint64_t> parse_number(std::string_view text, std::uint64_t highest);

/// "[22,80]". fails: Invalid (not a JSON array of numbers from 0 to 65535).
Result<std::vector<std::uint16_t>> parse_ports(std::string_view text);
std::string show_ports(const std::vector<std::uint16_t>& ports);

/// {"name":"value"}. fails: Invalid (not a JSON object of texts).
Result<std::map<std::string, std::string>> parse_text_map(std::string_view text);
std::string show_text_map(const std::map<std::string, std::string>& map);

/// An absolute path without "." or ".." in it, at most `longest` bytes; a closing slash is dropped.
/// fails:  Invalid.
Result<std::string> parse_path(std::string_view text, std::size_t longest = 4095);

/// A name as containerd takes it for namespaces: letters and digits, joined by single '.', '_' or
/// '-', at most 76 bytes. fails: Invalid.
/// source: containerd, pkg/identifiers.
Result<std::string> parse_identifier(std::string_view text);

/// "10.88.0.0/20": IPv4, a prefix of 8 to 29, no host bits. fails: Invalid.
Result<std::string> parse_subnet(std::string_view text);

/// A CNI network's name: a letter or digit, then letters, digits, '_', '.', '-'. fails: Invalid.
Result<std::string> parse_network_name(std::string_view text);

/// A network device's name: 1 to 15 characters, no blank, '/' or ':', not "." or "..". fails:
/// Invalid.
Result<std::string> parse_device(std::string_view text);

/// "all", which gives none, or addresses of either family separated by commas. fails: Invalid.
Result<std::vector<std::string>> parse_addresses(std::string_view text);
std::string show_addresses(const std::vector<std::string>& addresses);

/// "49153-65535". fails: Invalid.
Result<PortRange> parse_port_range(std::string_view text);
std::string show_port_range(const std::optional<PortRange>& range);

/// "https://host" of a base URL: https:// is added where no scheme is given, a closing '/' dropped.
/// fails:  Invalid (a scheme other than http and https, no host, blanks).
Result<std::string> parse_base_url(std::string_view text);

/// "us-east-1": lower-case letters, digits and '-'. fails: Invalid.
Result<std::string> parse_region(std::string_view text);

/// The base URL of the ECS API in that region, by its partition.
/// source: reference of ECS endpoints; the suffixes of AWS's partitions.
std::string ecs_url_of(std::string_view region);

/// True of a base URL whose host is one of AWS's own names: a service's, by whatever kind of
/// endpoint, or a VPC endpoint's.
bool is_of_aws(std::string_view base_url);

}  // namespace berth::config
