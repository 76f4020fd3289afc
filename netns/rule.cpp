// rule.cpp - RTM_NEWRULE, RTM_DELRULE.
#include "netns/rule.hpp"

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace berth::netns {

namespace {

constexpr std::uint32_t kBefore = 10;
constexpr std::uint32_t kBehind = 20;
constexpr std::uint8_t kAllBits = 32;

fib_rule_hdr looking_into(std::uint8_t table) {
  fib_rule_hdr header{};
  header.family = AF_INET;
  header.table = table;
  header.action = FR_ACT_TO_TBL;
  return header;
}

Request rule_to_main(const IpAddress& address) {
  fib_rule_hdr header = looking_into(RT_TABLE_MAIN);
  header.dst_len = kAllBits;
  Request request(RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, header,
                  "lead packets for " + text_of(address) + " on");
  request.number32(FRA_PRIORITY, kBefore).bytes(FRA_DST, address.octets.data(), 4);
  return request.forgive(EEXIST);
}

Request rule_to_local() {
  Request request(RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, looking_into(RT_TABLE_LOCAL),
                  "look at the namespace's own addresses later");
  return request.number32(FRA_PRIORITY, kBehind).forgive(EEXIST);
}

/// The rule that every namespace begins with; it alone has no priority.
bool is_the_first(const Message& message) {
  const auto header = header_of<fib_rule_hdr>(message);
  if (!header || message.type != RTM_NEWRULE || header->table != RT_TABLE_LOCAL) return false;
  return attributes_of(message, sizeof *header).number32(FRA_PRIORITY).value_or(0) == 0;
}

}  // namespace

Result<> lead_on(Netlink& netlink, const IpAddress& address) {
  BERTH_CHECK(netlink.change({rule_to_main(address), rule_to_local()}));
  fib_rule_hdr every{};
  every.family = AF_INET;
  const Request question(RTM_GETRULE, NLM_F_DUMP, every, "list rules of routing");
  BERTH_TRY(const std::vector<Message> rules, netlink.ask(question));
  // To the kernel no priority is any priority: a second removal would take the later rule.
  if (std::none_of(rules.begin(), rules.end(), is_the_first)) return ok();
  Request removal(RTM_DELRULE, 0, looking_into(RT_TABLE_LOCAL), "remove the first rule of routing");
  return netlink.change(removal.forgive(ENOENT));
}

}  // namespace berth::netns
