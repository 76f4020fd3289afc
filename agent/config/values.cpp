// values.cpp - ports, paths, names and addresses, read strictly.
#include "agent/config/values.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <sstream>

#include "base/json.hpp"
#include "base/text.hpp"
#include "firewall/names.hpp"

namespace berth::config {

namespace {

using u64 = std::uint64_t;

Error refuse(std::string_view text, const std::string& rule) {
  return Error{Errc::Invalid, 0, "\"" + std::string(text) + "\": " + rule};
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_alphanumeric(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_blank(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

bool has_prefix(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

}  // namespace

Result<bool> parse_bool(std::string_view text) {
  for (const std::string_view yes : {"1", "t", "T", "true", "TRUE", "True"}) {
    if (text == yes) return true;
  }
  for (const std::string_view no : {"0", "f", "F", "false", "FALSE", "False"}) {
    if (text == no) return false;
  }
  return refuse(text, "allowed are true and false");
}

Result<u64> parse_number(std::string_view text, u64 highest) {
  u64 value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, bad] = std::from_chars(text.data(), end, value);
  if (bad != std::errc() || stop != end || value > highest) {
    return refuse(text, "not a whole number from 0 to " + std::to_string(highest));
  }
  return value;
}

Result<std::vector<std::uint16_t>> parse_ports(std::string_view text) {
  const auto bad = [&] { return refuse(text, "not a JSON array of ports such as [22,8080]"); };
  const Result<Json> json = parse_json(text);
  if (!json || !json->is_array()) return bad();
  std::vector<std::uint16_t> ports;
  for (const Json& one : *json) {
    if (!one.is_number_unsigned() || one.get<u64>() > 65'535) return bad();
    ports.push_back(one.get<std::uint16_t>());
  }
  return ports;
}

std::string show_ports(const std::vector<std::uint16_t>& ports) {
  return dump_json(Json(ports));
}

Result<std::map<std::string, std::string>> parse_text_map(std::string_view text) {
  const auto bad = [&] { return refuse(text, "not a JSON object of texts such as {\"a\":\"b\"}"); };
  const Result<Json> json = parse_json(text);
  if (!json || !json->is_object()) return bad();
  std::map<std::string, std::string> map;
  for (const auto& [name, value] : json->items()) {
    if (!value.is_string()) return bad();
    map[name] = value.get<std::string>();
  }
  return map;
}

std::string show_text_map(const std::map<std::string, std::string>& map) {
  return dump_json(map.empty() ? Json::object() : Json(map));
}

Result<std::string> parse_path(std::string_view text, std::size_t longest) {
  std::string path(text);
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  if (path.empty() || path.front() != '/') return refuse(text, "not an absolute path");
  if (path.size() > longest) {
    return refuse(text, "longer than " + std::to_string(longest) + " bytes");
  }
  const std::string closed = path + "/";
  if (closed.find("/./") != std::string::npos || closed.find("/../") != std::string::npos ||
      path.find("//") != std::string::npos || path.find('\0') != std::string::npos) {
    return refuse(text, "a path without \".\", \"..\" and empty names is needed");
  }
  return path;
}

Result<std::string> parse_identifier(std::string_view text) {
  bool joins = true;  // a joint may not come first, last or twice
  bool valid = !text.empty() && text.size() <= 76;
  for (const char c : text) {
    const bool joint = c == '.' || c == '_' || c == '-';
    valid = valid && (is_alphanumeric(c) || (joint && !joins));
    joins = joint;
  }
  if (!valid || joins) {
    return refuse(text, "allowed are up to 76 letters and digits, joined by single . _ or -");
  }
  return std::string(text);
}

Result<std::string> parse_subnet(std::string_view text) {
  constexpr u64 kWidest = 8;
  constexpr u64 kNarrowest = 29;
  const std::string subnet(text);
  const Result<firewall::Block> block = firewall::block_in(subnet);
  const bool is_plain = block && !block->is_v6 && block->text == subnet;
  const Result<u64> bits = parse_number(text.substr(text.find('/') + 1), kNarrowest);
  if (is_plain && bits && *bits >= kWidest) return subnet;
  return refuse(text, "not like 10.88.0.0/20, with a prefix of 8 to 29");
}

Result<std::string> parse_network_name(std::string_view text) {
  const auto is_plain = [](unsigned char c) {
    return std::isalnum(c) || c == '_' || c == '.' || c == '-';
  };
  const bool begins_well = !text.empty() && std::isalnum(static_cast<unsigned char>(text.front()));
  if (!begins_well || !std::all_of(text.begin(), text.end(), is_plain)) {
    return refuse(text, "must be a letter or digit, then letters, digits, '_', '.' or '-'");
  }
  return std::string(text);
}

Result<std::string> parse_device(std::string_view text) {
  constexpr std::size_t kLongest = 15;  // IFNAMSIZ - 1
  const bool is_plain = std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return c > ' ' && c != '/' && c != ':' && c < 0x7f;
  });
  if (text.empty() || text.size() > kLongest || !is_plain || text == "." || text == "..") {
    return refuse(text, "not a device name such as eth0, of 1 to 15 characters");
  }
  return std::string(text);
}

Result<std::vector<std::string>> parse_addresses(std::string_view text) {
  std::vector<std::string> addresses;
  if (text == "all") return addresses;
  std::istringstream words{std::string(text)};
  for (std::string word; std::getline(words, word, ',');) {
    if (!firewall::check_address(word)) {
      return refuse(text, "neither all nor addresses such as 192.0.2.1,127.0.0.1");
    }
    addresses.push_back(word);
  }
  if (addresses.empty()) return refuse(text, "names no address");
  return addresses;
}

std::string show_addresses(const std::vector<std::string>& addresses) {
  return addresses.empty() ? "all" : joined(addresses, ",");
}

Result<PortRange> parse_port_range(std::string_view text) {
  constexpr u64 kLastPort = 65'535;
  const std::size_t dash = text.find('-');
  const auto bad = [&] { return refuse(text, "not like 49153-65535, the smaller port first"); };
  if (dash == std::string_view::npos) return bad();
  const Result<u64> first = parse_number(text.substr(0, dash), kLastPort);
  const Result<u64> last = parse_number(text.substr(dash + 1), kLastPort);
  if (!first || !last || *first == 0 || *last < *first) return bad();
  return PortRange{static_cast<std::uint16_t>(*first), static_cast<std::uint16_t>(*last)};
}

std::string show_port_range(const std::optional<PortRange>& range) {
  if (!range) return "";
  return std::to_string(range->first) + "-" + std::to_string(range->last);
}

Result<std::string> parse_base_url(std::string_view text) {
  std::string url(text);
  if (url.find("://") == std::string::npos) url.insert(0, "https://");
  while (url.back() == '/') url.pop_back();
  const std::size_t host = has_prefix(url, "https://") ? 8 : has_prefix(url, "http://") ? 7 : 0;
  // No blanks, and no user:password, which would end up in logs.
  const bool strange = std::any_of(url.begin(), url.end(),
                                   [](char c) { return is_blank(c) || c == '@' || c == '\0'; });
  if (host == 0 || url.size() <= host || url[host] == '/' || url[host] == ':' || strange) {
    return refuse(text, "not an http or https URL without user and password");
  }
  return url;
}

Result<std::string> parse_region(std::string_view text) {
  const bool valid = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-';
  });
  if (!valid) return refuse(text, "not a region such as us-east-1");
  return std::string(text);
}

namespace {

struct Partition {
  std::string_view prefix;  ///< of its regions' names; "" is that of all others
  std::string_view suffix;
};
constexpr std::array kPartitions{
    Partition{"cn-", "amazonaws.com.cn"},    Partition{"us-iso-", "c2s.ic.gov"},
    Partition{"us-isob-", "sc2s.sgov.gov"},  Partition{"eusc-", "amazonaws.eu"},
    Partition{"us-isof-", "csp.hci.ic.gov"}, Partition{"eu-isoe-", "cloud.adc-e.uk"},
    Partition{"", "amazonaws.com"}};
// source: AWS General Reference, dual-stack endpoints.
constexpr std::array<std::string_view, 2> kDualStack{"api.aws", "api.amazonwebservices.com.cn"};

bool is_below(std::string_view host, std::string_view suffix) {
  return host.size() > suffix.size() && host.ends_with(suffix) &&
         host[host.size() - suffix.size() - 1] == '.';
}

}  // namespace

std::string ecs_url_of(std::string_view region) {
  const auto partition =
      std::find_if(kPartitions.begin(), kPartitions.end(),
                   [region](const Partition& one) { return has_prefix(region, one.prefix); });
  return "https://ecs." + std::string(region) + "." + std::string(partition->suffix);
}

bool is_of_aws(std::string_view base_url) {
  const std::size_t scheme = base_url.find("://");
  if (scheme == std::string_view::npos) return false;
  base_url.remove_prefix(scheme + 3);
  std::string host(base_url.substr(0, base_url.find_first_of(":/")));
  std::transform(host.begin(), host.end(), host.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::any_of(kPartitions.begin(), kPartitions.end(),
                     [&host](const Partition& one) { return is_below(host, one.suffix); }) ||
         std::any_of(kDualStack.begin(), kDualStack.end(),
                     [&host](std::string_view suffix) { return is_below(host, suffix); });
}

}  // namespace berth::config
