// redirection.cpp - two chains of family nat.
#include "firewall/redirection.hpp"

#include <sstream>

#include "base/crash_point.hpp"
#include "firewall/names.hpp"
#include "firewall/nftables.hpp"
#include "firewall/ruleset.hpp"
#include "firewall/table.hpp"

namespace berth::firewall {

namespace {

std::string set_of(const std::vector<std::uint16_t>& ports) {
  std::string list;
  for (const std::uint16_t port : ports) list += (list.empty() ? "" : ", ") + std::to_string(port);
  return "{ " + list + " }";
}

void add_ingress(std::ostream& text, const Redirection& redirection) {
  if (redirection.ingress_port == 0 || redirection.ports_in.empty()) return;
  text << "  chain ingress {\n"
       << "    type nat hook prerouting priority -100; policy accept;\n"
       << "    fib saddr type != local tcp dport " << set_of(redirection.ports_in)
       << " redirect to :" << redirection.ingress_port << "\n"
       << "  }\n";
}

/// One rule for each: blocks may hold one another, which a set would refuse.
Result<> add_ignored_blocks(std::ostream& text, const std::vector<std::string>& blocks) {
  for (const std::string& given : blocks) {
    if (given.find('/') == std::string::npos) {
      BERTH_TRY(const bool is_v6, check_address(given));
      text << "    " << (is_v6 ? "ip6" : "ip") << " daddr " << given << " return\n";
      continue;
    }
    BERTH_TRY(const Block block, block_in(given));
    if (block.text.empty()) {
      text << "    meta nfproto " << (block.is_v6 ? "ipv6" : "ipv4") << " return\n";
    } else {
      text << "    " << (block.is_v6 ? "ip6" : "ip") << " daddr " << block.text << " return\n";
    }
  }
  return ok();
}

}  // namespace

Result<std::string> text_of(const Redirection& redirection) {
  const std::string table = std::string("table inet ") + kRedirectionTable;
  std::ostringstream text;
  text << table << " {\n";
  add_ingress(text, redirection);
  text << "  chain egress {\n"
       << "    type nat hook output priority -100; policy accept;\n"
       << "    fib daddr type local return\n";
  if (redirection.ignored_uid) text << "    meta skuid " << *redirection.ignored_uid << " return\n";
  if (redirection.ignored_gid) text << "    meta skgid " << *redirection.ignored_gid << " return\n";
  if (!redirection.ignored_ports.empty()) {
    text << "    tcp dport " << set_of(redirection.ignored_ports) << " return\n";
  }
  BERTH_CHECK(add_ignored_blocks(text, redirection.ignored_blocks));
  text << "    meta l4proto tcp redirect to :" << redirection.egress_port << "\n"
       << "  }\n}\n";
  return text.str();
}

Result<> redirect(const Redirection& redirection) {
  BERTH_TRY(std::string text, text_of(redirection));
  BERTH_TRY(const bool is_there, exists(kRedirectionTable));
  if (is_there) {
    BERTH_TRY(const std::string removal, removal_text(kRedirectionTable));
    text.insert(0, removal);
  }
  if (auto ran = run_nftables(text); !ran) {
    return std::move(ran).error().while_doing("redirect to the proxy of proxyConfiguration");
  }
  BERTH_CRASH_POINT("proxy.redirected");
  return ok();
}

}  // namespace berth::firewall
