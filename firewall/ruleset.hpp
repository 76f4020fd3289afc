// ruleset.hpp - what the firewall should say for the networks of one bridge; a value and its text.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"

namespace berth::firewall {

/// The rules berth needs so that namespaces behind a bridge reach each other and the outside.
struct Ruleset {
  std::string table;   ///< table of family ip, ours alone; named as the containerd namespace
  std::string bridge;  ///< device name of the bridge
  std::vector<std::string> subnets;  ///< IPv4, "10.213.1.0/24"; leave under the host's address

  bool operator==(const Ruleset&) const = default;
};

/// What text_of takes for a table: a letter, then at most 63 letters, digits, '.', '_' or '-'.
/// fails: Invalid, with that rule.
Result<> check_table_name(const std::string& name);

/// What text_of takes for a bridge: the same, 15 characters in all. fails: Invalid.
Result<> check_bridge_name(const std::string& name);

/// The transaction that brings a ruleset about, in the language of nft(8): rules are replaced as a
/// whole, subnets are added to those there, so one that is told anew after a restart is enough.
///
/// fails: Invalid (names field and value): a table or bridge that nft could read as anything but a
///        name, a subnet that is none.
///
/// What the rules can do beside Docker, ufw or firewalld: a packet meets every base chain of a
/// hook, in order of priority, and `accept` ends only the chain that says it; `drop` anywhere is
/// final. So our own table can translate addresses and let packets through as far as we are
/// concerned, early (priority -10), so that our counters see them before others drop them. It
/// cannot overrule a chain whose policy is drop, such as FORWARD of Docker or ufw: there a person
/// adds a rule (for Docker: `iptables -I DOCKER-USER -i berth0 -j ACCEPT`, and the same with -o).
/// find_forward_drops() says whether that is needed. Packets between ports of the bridge meet these
/// chains only while bridge-nf-call-iptables is 1; both cases are accepted, the setting is left
/// alone. source: nft(8), "VERDICT STATEMENT"; netfilter hooks documentation.
Result<std::string> text_of(const Ruleset& rules);

/// The transaction that removes the table; nothing there is a success. fails: Invalid.
Result<std::string> removal_text(const std::string& table);

/// Base chains that drop what nobody accepts, "ip filter FORWARD", read from the text that
/// `list chains` prints. Only chains on the forward hook that IPv4 packets meet; none of
/// `own_table`.
std::vector<std::string> forward_drops_in(const std::string& listing, const std::string& own_table);

}  // namespace berth::firewall
