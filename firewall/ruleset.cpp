// ruleset.cpp - Ruleset to nft's language, and chains from nft's listing.
#include "firewall/ruleset.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <sstream>

namespace berth::firewall {

namespace {

constexpr std::size_t kMaxTableName = 64;
constexpr std::size_t kMaxDeviceName = 15;  // IFNAMSIZ - 1

bool is_plain(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.';
}

Result<> check_name(const std::string& field, const std::string& name, std::size_t longest) {
  const bool starts_well =
      !name.empty() && (std::isalpha(static_cast<unsigned char>(name.front())) != 0);
  if (!starts_well || name.size() > longest || !std::all_of(name.begin(), name.end(), is_plain)) {
    return Error{Errc::Invalid, 0,
                 field + " \"" + name + "\" is not a letter followed by at most " +
                     std::to_string(longest - 1) + " letters, digits, '.', '_' or '-'"};
  }
  return ok();
}

/// The subnet with its host bits zero, as a set of intervals wants it.
Result<std::string> canonical(const std::string& subnet) {
  const Error refusal{Errc::Invalid, 0, "subnet \"" + subnet + "\" is not like 10.0.0.0/24"};
  const std::size_t slash = subnet.find('/');
  in_addr address{};
  unsigned bits = 0;
  if (slash == std::string::npos) return refusal;
  if (::inet_pton(AF_INET, subnet.substr(0, slash).c_str(), &address) != 1) return refusal;
  const char* end = subnet.data() + subnet.size();
  const auto [stopped, bad] = std::from_chars(subnet.data() + slash + 1, end, bits);
  if (bad != std::errc{} || stopped != end || bits == 0 || bits > 32) return refusal;
  address.s_addr &= htonl(~std::uint32_t{0} << (32 - bits));
  char text[INET_ADDRSTRLEN] = "";
  ::inet_ntop(AF_INET, &address, text, sizeof text);
  return std::string(text) + "/" + std::to_string(bits);
}

}  // namespace

Result<> check_table_name(const std::string& name) {
  return check_name("table", name, kMaxTableName);
}

Result<> check_bridge_name(const std::string& name) {
  return check_name("bridge", name, kMaxDeviceName);
}

Result<std::string> text_of(const Ruleset& rules) {
  BERTH_CHECK(check_table_name(rules.table));
  BERTH_CHECK(check_bridge_name(rules.bridge));
  const std::string table = "ip " + rules.table;
  const std::string bridge = "\"" + rules.bridge + "\"";
  std::ostringstream text;
  // Priorities as numbers: 100 is "srcnat", -10 is before "filter". Old versions lack the words.
  text << "add table " << table << "\n"
       << "add set " << table << " subnets { type ipv4_addr; flags interval; auto-merge; }\n"
       << "add chain " << table
       << " postrouting { type nat hook postrouting priority 100; policy accept; }\n"
       << "add chain " << table
       << " forward { type filter hook forward priority -10; policy accept; }\n"
       << "flush chain " << table << " postrouting\n"
       << "flush chain " << table << " forward\n"
       << "add rule " << table << " postrouting ip saddr @subnets oifname != " << bridge
       << " masquerade\n"
       << "add rule " << table << " forward iifname " << bridge << " accept\n"
       << "add rule " << table << " forward oifname " << bridge << " accept\n";
  for (const std::string& subnet : rules.subnets) {
    BERTH_TRY(const std::string element, canonical(subnet));
    text << "add element " << table << " subnets { " << element << " }\n";
  }
  return text.str();
}

Result<std::string> removal_text(const std::string& table) {
  BERTH_CHECK(check_table_name(table));
  // Adding it first makes the deletion of a missing table no error.
  return "add table ip " + table + "\ndelete table ip " + table + "\n";
}

std::vector<std::string> forward_drops_in(const std::string& listing,
                                          const std::string& own_table) {
  std::vector<std::string> drops;
  std::istringstream lines(listing);
  std::string family;
  std::string table;
  std::string chain;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string first;
    words >> first;
    if (first == "table") words >> family >> table;
    if (first == "chain") words >> chain;
    const bool drops_forwarded = first == "type" &&
                                 line.find("hook forward") != std::string::npos &&
                                 line.find("policy drop") != std::string::npos;
    const bool meets_ipv4 = family == "ip" || family == "inet";
    if (drops_forwarded && meets_ipv4 && !(family == "ip" && table == own_table)) {
      drops.push_back(family + " " + table + " " + chain);
    }
  }
  return drops;
}

}  // namespace berth::firewall
