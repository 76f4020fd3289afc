// lan_filter.cpp - classic BPF. source: Linux, Documentation/networking/filter.rst.
#include "netns/lan_filter.hpp"

#include <netinet/icmp6.h>
#include <netinet/in.h>

namespace berth::netns {

namespace {

constexpr std::size_t kMostAddresses = 1900;  // two instructions each, of BPF_MAXINSNS 4096
constexpr std::uint32_t kPass = 2048;         // octets; frames of neighbours are shorter

// Where things are in a frame, by octets.
constexpr std::uint32_t kArpSenderMac = 22, kArpSender = 28, kArpTarget = 38;
constexpr std::uint32_t kEthernetSender = 6, kNextHeader = 20, kIpv6Sender = 22, kIcmpType = 54,
                        kTargetEnd = 74;

std::uint32_t number32(const std::uint8_t* octets) {
  return std::uint32_t{octets[0]} << 24 | std::uint32_t{octets[1]} << 16 |
         std::uint32_t{octets[2]} << 8 | octets[3];
}

/// A program being written. Each `refuse` is a test and a way out of its own: jumps reach 255
/// instructions only.
class Program {
 public:
  void load8(std::uint32_t at) { add(BPF_LD | BPF_B | BPF_ABS, at); }
  void load16(std::uint32_t at) { add(BPF_LD | BPF_H | BPF_ABS, at); }
  void load32(std::uint32_t at) { add(BPF_LD | BPF_W | BPF_ABS, at); }
  void answer(std::uint32_t octets) { add(BPF_RET | BPF_K, octets); }
  /// The next `count` instructions are for this value alone.
  void when(std::uint32_t value, std::uint8_t count) {
    add(BPF_JMP | BPF_JEQ | BPF_K, value, 0, count);
  }
  void unless(std::uint32_t value, std::uint8_t count) {
    add(BPF_JMP | BPF_JEQ | BPF_K, value, count, 0);
  }
  void refuse_unless(std::uint32_t value) {
    unless(value, 1);
    answer(0);
  }
  /// Of a VLAN that has a device of its own, or none.
  void refuse_tagged() {
    load8(static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_VLAN_TAG_PRESENT));
    refuse_unless(0);
  }
  void refuse_sender(std::uint32_t at, const MacAddress& own) {
    load32(at);
    when(number32(own.octets.data()), 3);
    load16(at + 4);
    when(static_cast<std::uint32_t>(own.octets[4] << 8 | own.octets[5]), 1);
    answer(0);
  }
  std::vector<sock_filter> take() { return std::move(all_); }

 private:
  void add(int code, std::uint32_t k, std::uint8_t when_true = 0, std::uint8_t when_false = 0) {
    all_.push_back({static_cast<std::uint16_t>(code), when_true, when_false, k});
  }
  std::vector<sock_filter> all_;
};

/// The address is the sender's, of a probe the target's.
void load_arp_address(Program& program, bool hears_probes) {
  program.load32(kArpSender);
  program.when(0, 1);
  if (hears_probes) {
    program.load32(kArpTarget);
  } else {
    program.answer(0);
  }
}

void load_neighbour_address(Program& program, bool hears_probes) {
  constexpr std::uint8_t kIsNobodys = 12;  // instructions
  program.load8(kNextHeader);
  program.refuse_unless(IPPROTO_ICMPV6);
  program.load8(kIcmpType);
  if (hears_probes) {
    program.unless(ND_NEIGHBOR_ADVERT, 2 + kIsNobodys);
    program.refuse_unless(ND_NEIGHBOR_SOLICIT);
    for (std::uint32_t at = kIpv6Sender; at < kIpv6Sender + 16; at += 4) {
      program.load32(at);
      program.refuse_unless(0);
    }
  } else {
    program.refuse_unless(ND_NEIGHBOR_ADVERT);
  }
  program.load32(kTargetEnd);
}

}  // namespace

std::vector<sock_filter> claims_filter(bool is_v6, const MacAddress& own,
                                       std::span<const IpAddress> addresses, bool hears_probes) {
  Program program;
  if (addresses.empty()) {
    program.answer(0);
    return program.take();
  }
  program.refuse_tagged();
  program.refuse_sender(is_v6 ? kEthernetSender : kArpSenderMac, own);
  if (is_v6) {
    load_neighbour_address(program, hears_probes);
  } else {
    load_arp_address(program, hears_probes);
  }
  if (addresses.size() > kMostAddresses) {
    program.answer(kPass);
    return program.take();
  }
  for (const IpAddress& address : addresses) {
    program.when(number32(address.octets.data() + (is_v6 ? 12 : 0)), 1);
    program.answer(kPass);
  }
  program.answer(0);
  return program.take();
}

}  // namespace berth::netns
