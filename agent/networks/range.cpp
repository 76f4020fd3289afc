// range.cpp - inside the subnet, in order, and nobody else's.
#include "agent/networks/range.hpp"

#include <cstdint>

#include "agent/inbox/findings.hpp"

namespace berth::networks {

namespace {

using netns::IpAddress;
using netns::IpInterface;
using netns::ipv4_of;
using netns::number_of;

/// Of that family alone.
std::optional<IpAddress> parse_address(std::string_view text, bool is_v6) {
  const Result<IpAddress> given = netns::parse_ip(text);
  if (!given || given->is_v6 != is_v6) return std::nullopt;
  return *given;
}

struct Ends {
  IpAddress first;
  IpAddress last;
};

/// "first-last", the lower one first, or one address, which is both.
std::optional<Ends> parse_ends(std::string_view text, bool is_v6) {
  const std::size_t dash = text.find('-');
  const auto first = parse_address(text.substr(0, dash), is_v6);
  const auto last =
      dash == std::string_view::npos ? first : parse_address(text.substr(dash + 1), is_v6);
  if (!first || !last || *last < *first) return std::nullopt;
  return Ends{*first, *last};
}

IpAddress broadcast_of(const IpInterface& subnet) {
  return ipv4_of(number_of(subnet.address) | (~std::uint32_t{0} >> subnet.prefix_bits));
}

/// Neither that of the subnet itself nor its broadcast address.
bool is_host_of(const IpInterface& subnet, const IpAddress& address) {
  return netns::subnet_of({address, subnet.prefix_bits}) == subnet && address != subnet.address &&
         address != broadcast_of(subnet);
}

std::string first_and_last(const IpInterface& subnet) {
  return netns::text_of(ipv4_of(number_of(subnet.address) + 1)) + " to " +
         netns::text_of(ipv4_of(number_of(broadcast_of(subnet)) - 1));
}

}  // namespace

std::optional<Range::Complaint> Range::check() {
  if (auto wrong = check_gateway()) return wrong;
  return check_addresses();
}

std::optional<Range::Complaint> Range::check_gateway() {
  gateway_ = ipv4_of(number_of(subnet_.address) + 1);
  if (!gateway_text_) return std::nullopt;
  const auto given = parse_address(*gateway_text_, false);
  if (!given || !is_host_of(subnet_, *given)) {
    return Complaint{"gateway", inbox::quoted(*gateway_text_) + " must be an address of subnet " +
                                    netns::text_of(subnet_) + ", " + first_and_last(subnet_)};
  }
  gateway_ = *given;
  return std::nullopt;
}

std::optional<Range::Complaint> Range::check_addresses() {
  first_ = ipv4_of(number_of(subnet_.address) + 1);
  last_ = ipv4_of(number_of(broadcast_of(subnet_)) - 1);
  if (!addresses_) {
    // One end gives way; a gateway amid the range leaves no range without it.
    if (gateway_ == first_) {
      first_ = ipv4_of(number_of(first_) + 1);
    } else if (gateway_ == last_) {
      last_ = ipv4_of(number_of(last_) - 1);
    } else {
      return Complaint{"addresses",
                       "is required where the gateway is neither the first nor the "
                       "last address of its subnet"};
    }
    return std::nullopt;
  }
  const auto ends = parse_ends(*addresses_, false);
  if (!ends) {
    return Complaint{"addresses", inbox::quoted(*addresses_) +
                                      " must be two IPv4 addresses, the lower one first, such as "
                                      "192.0.2.200-192.0.2.239"};
  }
  if (!is_host_of(subnet_, ends->first) || !is_host_of(subnet_, ends->last)) {
    return Complaint{"addresses", inbox::quoted(*addresses_) + " must be within subnet " +
                                      netns::text_of(subnet_) + ", " + first_and_last(subnet_)};
  }
  if (!(gateway_ < ends->first) && !(ends->last < gateway_)) {
    return Complaint{"addresses", inbox::quoted(*addresses_) + " must not contain the gateway, " +
                                      netns::text_of(gateway_)};
  }
  first_ = ends->first;
  last_ = ends->last;
  return std::nullopt;
}

std::optional<Range::Complaint> Ipv6Range::check() {
  first_ = netns::with_tail(subnet_.address, 2);
  last_ = netns::with_tail(subnet_.address, 0xffff);
  if (addresses_) {
    const auto ends = parse_ends(*addresses_, true);
    if (!ends || netns::head_of(ends->first) != netns::head_of(ends->last)) {
      return Range::Complaint{"addresses",
                              inbox::quoted(*addresses_) +
                                  " must be two IPv6 addresses that differ in their last 32 bits "
                                  "alone, the lower one first, such as fd00:1::100-fd00:1::1ff"};
    }
    first_ = ends->first;
    last_ = ends->last;
  }
  const bool is_inside =
      netns::subnet_of({first_, subnet_.prefix_bits}) == subnet_ && first_ != subnet_.address;
  if (!is_inside) {
    return Range::Complaint{
        "addresses", inbox::quoted(*addresses_) + " must be within ipv6Subnet " +
                         netns::text_of(subnet_) + ", without its first address, the routers'"};
  }
  if (gateway_ && !(*gateway_ < first_) && !(last_ < *gateway_)) {
    return Range::Complaint{
        "addresses",
        inbox::quoted(addresses_.value_or(netns::text_of(first_) + "-" + netns::text_of(last_))) +
            " must not contain ipv6Gateway, " + netns::text_of(*gateway_)};
  }
  return std::nullopt;
}

plan::AddressRange range_of(const model::NodeNetwork& network) {
  plan::AddressRange range;
  range.first = netns::parse_ip(network.first).value_or(IpAddress{});
  range.last = netns::parse_ip(network.last).value_or(IpAddress{});
  if (network.subnet.empty()) return range;
  range.subnet = netns::parse_ip_interface(network.subnet).value_or(IpInterface{});
  range.gateway = netns::parse_ip(network.gateway).value_or(IpAddress{});
  if (!network.ipv6_subnet.empty()) {
    range.subnet6 = netns::parse_ip_interface(network.ipv6_subnet).value_or(IpInterface{});
  }
  return range;
}

std::optional<std::string> ipv4_beside(const IpAddress& ipv6, const model::NodeNetwork& network) {
  const plan::AddressRange range = range_of(network);
  if (!range.subnet6) return std::nullopt;
  if (netns::head_of(ipv6) != range.subnet6->address) return std::nullopt;
  const std::uint32_t base = number_of(range.subnet.address);
  const std::uint32_t number = netns::tail_of(ipv6);
  const bool is_handed_out =
      number >= number_of(range.first) - base && number <= number_of(range.last) - base;
  if (!is_handed_out) return std::nullopt;
  return netns::text_of(ipv4_of(base + number));
}

}  // namespace berth::networks
