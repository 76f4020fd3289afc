// neighbours.cpp - chains from nft's listings, and rules with our comment among those of others.
#include "firewall/neighbours.hpp"

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>

#include "base/crash_point.hpp"
#include "base/text.hpp"
#include "firewall/names.hpp"
#include "firewall/nftables.hpp"
#include "firewall/ruleset.hpp"

namespace berth::firewall {

namespace {

constexpr const char* kDockerUser = "DOCKER-USER";
constexpr const char* kUfwForward = "ufw-user-forward";  // of ip6: ufw6-user-forward
constexpr const char* kUfwForward6 = "ufw6-user-forward";
constexpr const char* kUfwInput = "ufw-user-input";
constexpr const char* kFirewalld = "firewalld";
constexpr const char* kDevices = "\"be*\"";  // as host_end_name in netns has them

struct Chain {
  std::string family;
  std::string table;
  std::string name;
  std::string hook = {};  ///< "" for one that is only jumped to
  bool drops = false;     ///< its policy
};

std::vector<Chain> chains_in(const std::string& listing) {
  std::vector<Chain> chains;
  std::istringstream lines(listing);
  std::string family;
  std::string table;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string first;
    words >> first;
    if (first == "table") words >> family >> table;
    if (first == "chain") {
      chains.push_back({family, table, ""});
      words >> chains.back().name;
    }
    if (first != "type" || chains.empty()) continue;
    for (std::string word; words >> word;) {
      if (word == "hook") words >> chains.back().hook;
    }
    chains.back().drops = line.find("policy drop") != std::string::npos;
  }
  return chains;
}

bool has(const std::vector<Chain>& chains, const Chain& beside, const std::string& name) {
  return std::any_of(chains.begin(), chains.end(), [&](const Chain& one) {
    return one.family == beside.family && one.table == beside.table && one.name == name;
  });
}

std::string quoted_comment(const std::string& owner) {
  return "comment \"berth:" + owner + "\"";
}

/// What is accepted: of and for our devices; or what they ask of the agent.
std::vector<std::string> matches_of(const Opening& opening) {
  if (opening.is_for_host) {
    return {std::string("iifname ") + kDevices + " ip daddr " + kEndpointAddress + " tcp dport " +
            std::to_string(kEndpointPort)};
  }
  return {std::string("iifname ") + kDevices, std::string("oifname ") + kDevices};
}

std::string handle_in(const std::string& rule) {
  const std::string word = "# handle ";
  const std::size_t at = rule.rfind(word);
  return at == std::string::npos ? "" : rule.substr(at + word.size());
}

/// The rules of a chain, each with its handle.
Result<std::vector<std::string>> rules_of(const std::string& where) {
  BERTH_TRY(const std::string listing, run_nftables("list chain " + where + "\n", Handles::Shown));
  std::vector<std::string> rules;
  std::istringstream lines(listing);
  for (std::string line; std::getline(lines, line);) {
    const std::string rule(trimmed(line));
    const bool is_rule = !rule.starts_with("table ") && !rule.starts_with("chain ") &&
                         !rule.starts_with("type ") && !handle_in(rule).empty();
    if (is_rule) rules.push_back(rule);
  }
  return rules;
}

/// A rule that ends the chain for everything, as Docker's chain has one last.
bool ends_chain(const std::string& rule) {
  return rule.starts_with("return") || (rule.starts_with("counter packets") &&
                                        rule.find(" return # handle") != std::string::npos);
}

std::vector<std::string> ours_among(const std::vector<std::string>& rules,
                                    const std::string& owner) {
  std::vector<std::string> ours;
  std::copy_if(rules.begin(), rules.end(), std::back_inserter(ours), [&](const std::string& rule) {
    return rule.find(quoted_comment(owner)) != std::string::npos;
  });
  return ours;
}

bool are_complete(const std::vector<std::string>& ours, const Opening& opening) {
  const std::vector<std::string> matches = matches_of(opening);
  return ours.size() == matches.size() &&
         std::all_of(matches.begin(), matches.end(), [&ours](const std::string& match) {
           return std::any_of(ours.begin(), ours.end(), [&match](const std::string& rule) {
             return rule.starts_with(match + " counter");
           });
         });
}

std::string deletions(const std::string& where, const std::vector<std::string>& rules) {
  std::string text;
  for (const std::string& rule : rules) {
    text += "delete rule " + where + " handle " + handle_in(rule) + "\n";
  }
  return text;
}

/// iptables-legacy keeps its rules where nft does not see them; the file names the tables in use.
bool has_legacy_filter() {
  for (const char* path : {"/proc/net/ip_tables_names", "/proc/net/ip6_tables_names"}) {
    std::ifstream file(path);
    for (std::string name; std::getline(file, name);) {
      if (name == "filter") return true;
    }
  }
  return false;
}

/// Somebody has read our documentation and lets our devices through by himself.
Result<bool> lets_ours_through(const std::string& where) {
  BERTH_TRY(const std::vector<std::string> rules, rules_of(where));
  const auto has_accept = [&rules](const std::string& match) {
    return std::any_of(rules.begin(), rules.end(), [&match](const std::string& rule) {
      return rule.find(match) != std::string::npos && rule.find("accept") != std::string::npos;
    });
  };
  const std::vector<std::string> matches = matches_of({});
  return std::all_of(matches.begin(), matches.end(), has_accept);
}

}  // namespace

std::string text_of(const Opening& opening) {
  return opening.family + " " + opening.table + " " + opening.chain;
}

Result<Opening> opening_in(const std::string& text) {
  std::istringstream words(text);
  Opening opening;
  std::string more;
  words >> opening.family >> opening.table >> opening.chain;
  opening.is_for_host = opening.chain == kUfwInput;
  const bool is_known = is_opening_chain(opening.chain) && !(words >> more);
  if (is_known && (opening.family == "ip" || opening.family == "ip6")) {
    BERTH_CHECK(check_table_name(opening.table));
    return opening;
  }
  return Error{Errc::Invalid, 0, "\"" + text + "\" is no chain for others' rules"};
}

bool is_opening_chain(const std::string& chain) {
  for (const char* known : {kDockerUser, kUfwForward, kUfwForward6, kUfwInput}) {
    if (chain == known) return true;
  }
  return false;
}

Neighbours neighbours_in(const std::string& listing, const std::string& own_table) {
  Neighbours found;
  const std::vector<Chain> chains = chains_in(listing);
  for (const Chain& chain : chains) {
    const bool is_inet = chain.family == "inet";
    const bool is_v6 = chain.family == "ip6";
    if (is_inet && chain.table == own_table) continue;
    if (is_inet && chain.table == kFirewalld) found.has_firewalld = true;
    if (!chain.drops || (!is_inet && !is_v6 && chain.family != "ip")) continue;
    if (chain.hook == "input" && !is_inet && has(chains, chain, kUfwInput)) {
      found.openings.push_back({chain.family, chain.table, kUfwInput, true});
    }
    if (chain.hook != "forward") continue;
    std::string place;
    for (const std::string one : {kDockerUser, is_v6 ? kUfwForward6 : kUfwForward}) {
      if (place.empty() && !is_inet && has(chains, chain, one)) place = one;
    }
    if (place.empty()) {
      found.drops.push_back(chain.family + " " + chain.table + " " + chain.name);
    } else {
      found.openings.push_back({chain.family, chain.table, place});
    }
  }
  return found;
}

Result<Neighbours> look_around(const std::string& own_table) {
  const KeepNftables until_done;
  BERTH_TRY(const std::string listing, run_nftables("list chains\n"));
  Neighbours found = neighbours_in(listing, own_table);
  std::vector<std::string> drops;
  for (const std::string& chain : found.drops) {
    const Result<bool> is_open = lets_ours_through(chain);
    if (!is_open || !*is_open) drops.push_back(chain);
  }
  found.drops = std::move(drops);
  found.has_legacy_rules = has_legacy_filter();
  return found;
}

Result<bool> open_way(const Opening& opening, const std::string& owner) {
  BERTH_CHECK(check_table_name(owner));
  const KeepNftables until_done;
  const std::string where = text_of(opening);
  BERTH_TRY(const std::vector<std::string> rules, rules_of(where));
  const std::vector<std::string> ours = ours_among(rules, owner);
  if (are_complete(ours, opening)) return false;
  const bool has_end = !rules.empty() && ends_chain(rules.back());
  const std::string verb =
      has_end ? "insert rule " + where + " handle " + handle_in(rules.back()) : "add rule " + where;
  std::string text = deletions(where, ours);
  for (const std::string& match : matches_of(opening)) {
    text += verb + " " + match + " counter accept " + quoted_comment(owner) + "\n";
  }
  if (auto ran = run_nftables(text); !ran) {
    return std::move(ran).error().while_doing("let tasks through in " + where);
  }
  BERTH_CRASH_POINT("firewall.way-opened");
  return true;
}

Result<> close_way(const Opening& opening, const std::string& owner) {
  const std::string where = text_of(opening);
  const auto rules = rules_of(where);
  if (rules.failed_with(Errc::NotFound)) return ok();
  if (!rules) return rules.error();
  const std::string text = deletions(where, ours_among(*rules, owner));
  if (text.empty()) return ok();
  if (auto ran = run_nftables(text); !ran) {
    return std::move(ran).error().while_doing("take what lets tasks through out of " + where);
  }
  BERTH_CRASH_POINT("firewall.way-closed");
  return ok();
}

Result<std::vector<Opening>> opened_ways(const std::string& owner) {
  const KeepNftables until_done;
  BERTH_TRY(const std::string listing, run_nftables("list chains\n"));
  std::vector<Opening> open;
  for (const Chain& chain : chains_in(listing)) {
    const Result<Opening> opening = opening_in(chain.family + " " + chain.table + " " + chain.name);
    if (!opening) continue;
    BERTH_TRY(const std::vector<std::string> rules, rules_of(text_of(*opening)));
    if (!ours_among(rules, owner).empty()) open.push_back(*opening);
  }
  return open;
}

Result<bool> is_in_firewalld_zone() {
  const auto rules = rules_of(std::string("inet ") + kFirewalld + " filter_FORWARD_ZONES");
  if (rules.failed_with(Errc::NotFound)) return true;  // of another version: nothing to go by
  if (!rules) return rules.error();
  return std::any_of(rules->begin(), rules->end(), [](const std::string& rule) {
    return rule.starts_with(std::string("iifname ") + kDevices);
  });
}

}  // namespace berth::firewall
