// filter.cpp - each place where packets of tasks may end.
#include "agent/doctor/filter.hpp"

namespace berth::doctor {

namespace {

constexpr const char* kFirewall = "firewall";

Finding judge_opening(const firewall::Opening& opening, bool is_integrated) {
  const std::string where = firewall::text_of(opening);
  if (is_integrated) {
    return fine(kFirewall, where,
                "others drop what it does not accept; berthd has tasks accepted "
                "there while there are any");
  }
  return warned(kFirewall, where,
                "others drop what it does not accept, and BERTH_FIREWALL_INTEGRATION is off",
                "accept packets from and to be* there, or set BERTH_FIREWALL_INTEGRATION=auto");
}

Finding judge_firewalld(const FilterFacts& facts) {
  const char* what = "firewalld";
  if (!facts.is_integrated) {
    return warned(kFirewall, what, "it runs, and BERTH_FIREWALL_INTEGRATION is off",
                  "put be+ into a zone that accepts it, or set BERTH_FIREWALL_INTEGRATION=auto");
  }
  if (!facts.has_firewall_cmd) {
    return warned(kFirewall, what,
                  "it runs, but " + std::string(firewall::kFirewallCmd) + " is not there",
                  "install firewall-cmd, or put be+ into a zone that accepts it");
  }
  return fine(kFirewall, what,
              "it runs; berthd puts devices of tasks into its zone berth, or trusted");
}

}  // namespace

Findings judge_filter(const FilterFacts& facts) {
  Findings findings;
  for (const std::string& chain : facts.around.drops) {
    findings.push_back(warned(kFirewall, chain,
                              "its policy is drop, and it accepts nothing from devices be*",
                              "have it accept packets from and to be* (iifname \"be*\" accept, "
                              "oifname \"be*\" accept)"));
  }
  for (const firewall::Opening& one : facts.around.openings) {
    findings.push_back(judge_opening(one, facts.is_integrated));
  }
  if (facts.around.has_firewalld) findings.push_back(judge_firewalld(facts));
  if (facts.around.has_legacy_rules) {
    findings.push_back(warned(kFirewall, "iptables-legacy",
                              "there are rules in its table filter, which cannot be seen from here",
                              "see that `iptables-legacy -S FORWARD` drops nothing of be*, or move "
                              "these rules to nftables (iptables-nft)"));
  }
  if (findings.empty()) findings.push_back(fine(kFirewall, "others' rules", "none that drop"));
  return findings;
}

}  // namespace berth::doctor
