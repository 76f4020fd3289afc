// proxy.cpp - numbers and lists of numbers, each with its rule.
#include "controlplane/protocol/proxy.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <string_view>

#include "base/text.hpp"

namespace berth::protocol {

namespace {

using Properties = std::map<std::string, std::string>;

constexpr std::size_t kMostPorts = 15;  // source: reference networking, section 6
constexpr std::uint32_t kMostPort = 65535;
constexpr std::uint32_t kMostId = 4294967294;  // 2^32-1 is "no id"

constexpr const char* kKnown[] = {"IgnoredUID",      "IgnoredGID", "ProxyIngressPort",
                                  "ProxyEgressPort", "AppPorts",   "EgressIgnoredPorts",
                                  "EgressIgnoredIPs"};

Error wrong(const std::string& property, const std::string& value, const std::string& rule) {
  return Error{Errc::Invalid, 0,
               "proxyConfiguration.properties." + property + " \"" + value + "\": " + rule};
}

std::string value_of(const Properties& given, const std::string& property) {
  const auto found = given.find(property);
  return found == given.end() ? "" : found->second;
}

std::optional<std::uint32_t> number_in(std::string_view text, std::uint32_t least,
                                       std::uint32_t most) {
  text = trimmed(text, " ");
  std::uint32_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, bad] = std::from_chars(text.data(), end, number);
  if (bad != std::errc{} || stopped != end || number < least || number > most) return std::nullopt;
  return number;
}

Result<std::optional<std::uint32_t>> id_in(const Properties& given, const std::string& property) {
  const std::string value = value_of(given, property);
  if (value.empty()) return std::optional<std::uint32_t>();
  const auto id = number_in(value, 0, kMostId);
  if (!id) return wrong(property, value, "must be 0 to " + std::to_string(kMostId));
  return id;
}

/// 0: it is not given.
Result<std::uint16_t> port_in(const Properties& given, const std::string& property) {
  const std::string value = value_of(given, property);
  if (value.empty()) return std::uint16_t{0};
  const auto port = number_in(value, 1, kMostPort);
  if (!port) return wrong(property, value, "must be a port, 1 to 65535");
  return static_cast<std::uint16_t>(*port);
}

/// The parts between commas; an empty text has none.
std::vector<std::string> parts_of(const std::string& list) {
  std::vector<std::string> parts;
  std::string_view rest = trimmed(list, " ");
  while (!rest.empty()) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    parts.emplace_back(trimmed(rest.substr(0, comma), " "));
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  return parts;
}

Result<std::vector<std::uint16_t>> ports_in(const Properties& given, const std::string& property,
                                            std::vector<std::string>& cut_short) {
  std::vector<std::uint16_t> ports;
  const std::string value = value_of(given, property);
  for (const std::string& part : parts_of(value)) {
    const auto port = number_in(part, 1, kMostPort);
    if (!port) return wrong(property, value, "must be ports, 1 to 65535, with commas between");
    ports.push_back(static_cast<std::uint16_t>(*port));
  }
  if (ports.size() > kMostPorts) {
    ports.resize(kMostPorts);
    cut_short.push_back(property);
  }
  return ports;
}

bool is_address_or_block(const std::string& text) {
  constexpr std::uint32_t kBits4 = 32;
  constexpr std::uint32_t kBits6 = 128;
  const std::size_t slash = text.find('/');
  const std::string address = text.substr(0, slash);
  in6_addr bytes{};
  const bool is_v4 = ::inet_pton(AF_INET, address.c_str(), &bytes) == 1;
  if (!is_v4 && ::inet_pton(AF_INET6, address.c_str(), &bytes) != 1) return false;
  return slash == std::string::npos ||
         number_in(std::string_view(text).substr(slash + 1), 0, is_v4 ? kBits4 : kBits6);
}

Result<std::vector<std::string>> ips_in(const Properties& given) {
  const std::string property = "EgressIgnoredIPs";
  const std::string value = value_of(given, property);
  std::vector<std::string> ips = parts_of(value);
  if (std::all_of(ips.begin(), ips.end(), is_address_or_block)) return ips;
  return wrong(property, value, "must be addresses or CIDR blocks with commas between");
}

Result<> check_known(const Properties& given) {
  for (const auto& [name, value] : given) {
    const auto* known = std::find_if(std::begin(kKnown), std::end(kKnown),
                                     [&name = name](const char* one) { return name == one; });
    if (known != std::end(kKnown)) continue;
    return wrong(name, value, "there is no such property; allowed are " + joined(kKnown));
  }
  return ok();
}

Result<> check_together(const ProxyProperties& read) {
  if (!read.ignored_uid && !read.ignored_gid) {
    return wrong("IgnoredUID", "", "at least one of IgnoredUID and IgnoredGID is required");
  }
  if (read.egress_port == 0) return wrong("ProxyEgressPort", "", "is required");
  if (read.ingress_port != 0 && read.app_ports.empty()) {
    return wrong("AppPorts", "", "is required with ProxyIngressPort");
  }
  if (read.ingress_port == 0 && !read.app_ports.empty()) {
    return wrong("ProxyIngressPort", "", "is required with AppPorts");
  }
  return ok();
}

}  // namespace

Result<ProxyProperties> proxy_properties(const std::map<std::string, std::string>& given) {
  BERTH_CHECK(check_known(given));
  ProxyProperties read;
  BERTH_TRY(read.ignored_uid, id_in(given, "IgnoredUID"));
  BERTH_TRY(read.ignored_gid, id_in(given, "IgnoredGID"));
  BERTH_TRY(read.ingress_port, port_in(given, "ProxyIngressPort"));
  BERTH_TRY(read.egress_port, port_in(given, "ProxyEgressPort"));
  BERTH_TRY(read.app_ports, ports_in(given, "AppPorts", read.cut_short));
  BERTH_TRY(read.egress_ignored_ports, ports_in(given, "EgressIgnoredPorts", read.cut_short));
  BERTH_TRY(read.egress_ignored_ips, ips_in(given));
  BERTH_CHECK(check_together(read));
  return read;
}

}  // namespace berth::protocol
