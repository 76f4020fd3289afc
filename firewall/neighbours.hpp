// neighbours.hpp - others' rules on this host that drop what nobody accepts, and where they let
// themselves be told to accept: Docker's DOCKER-USER, ufw's user chains, firewalld's zones.
#pragma once

#include <compare>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace berth::firewall {

/// firewalld's own program.
inline constexpr const char* kFirewallCmd = "/usr/bin/firewall-cmd";

/// A chain that its owner documents as the place for others' rules.
/// source: Docker, "Packet filtering and firewalls", DOCKER-USER; ufw-framework(8), the chains of
/// `ufw route` and `ufw allow`.
struct Opening {
  std::string family;  ///< "ip", "ip6"
  std::string table;
  std::string chain;
  bool is_for_host = false;  ///< for what tasks ask of the host; else for what is forwarded
  auto operator<=>(const Opening&) const = default;
};

/// "ip filter DOCKER-USER", and back.
std::string text_of(const Opening& opening);
/// fails: Invalid (no such text, or a chain that is none of those).
Result<Opening> opening_in(const std::string& text);

/// True for chains whose rules are ours to keep an eye on.
bool is_opening_chain(const std::string& chain);

struct Neighbours {
  std::vector<Opening> openings = {};   ///< those that are needed: others drop without them
  std::vector<std::string> drops = {};  ///< "ip filter FORWARD": drops, and has no such place
  bool has_firewalld = false;
  bool has_legacy_rules = false;  ///< of iptables-legacy, which cannot be seen
  bool operator==(const Neighbours&) const = default;
};

/// Of the text that `list chains` prints, without our own table. A packet meets every base chain of
/// a hook, so one for each chain that drops.
Neighbours neighbours_in(const std::string& listing, const std::string& own_table);

// These act on the network namespace of the calling thread and block, some milliseconds each.
// owner: the name of our table; it stands in the rules' comment, so that they are known again.

/// What there is now. fails: Denied, Unavailable.
Result<Neighbours> look_around(const std::string& own_table);

/// Has packets of our devices accepted there, behind the rules that the host's own people have put
/// there. again: yes. fails: NotFound (no such chain any more), Denied, Unavailable.
/// returns false when it was so already.
Result<bool> open_way(const Opening& opening, const std::string& owner);

/// Takes those rules away. again: yes; a chain that is gone is a success.
Result<> close_way(const Opening& opening, const std::string& owner);

/// Which of all openings on the host have rules of ours, needed or not.
Result<std::vector<Opening>> opened_ways(const std::string& owner);

/// Whether firewalld has our devices in a zone; somebody may have put them into one of his own.
Result<bool> is_in_firewalld_zone();

}  // namespace berth::firewall
