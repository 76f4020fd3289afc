// lan_frames.hpp - frames by which machines of a LAN ask for addresses and claim them; no socket.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "netns/spec.hpp"

namespace berth::netns {

/// What says to all on the LAN which hardware address an address has from now on: an ARP
/// announcement, or an unsolicited neighbour advertisement. source: RFC 5227, section 3; RFC 4861,
/// sections 4.4, 7.2.6.
std::string announcement(const IpAddress& address, const MacAddress& mac);

/// What asks whether an address is in use, without claiming it: an ARP probe, or the neighbour
/// solicitation of duplicate address detection. source: RFC 5227, section 2.1.1; RFC 4862,
/// section 5.4.2.
std::string probe(const IpAddress& address, const MacAddress& mac);

/// What a machine of the LAN says about an address.
struct Claim {
  enum class Kind : std::uint8_t {
    Uses,  ///< it is its own
    Asks,  ///< it is about to use it, unless somebody has it
  };
  Kind kind = Kind::Uses;
  IpAddress address;
  MacAddress by;
  bool operator==(const Claim&) const = default;
};

/// What a frame says; nullopt for everything else, and for what is cut off or cannot be. An
/// ordinary question for an address says that the one who asks uses his own.
std::optional<Claim> claim_in(std::string_view frame);

/// The multicast address under which the owner of an IPv6 address is asked for it. source: RFC
/// 4291, section 2.7.1.
IpAddress solicited_node_of(const IpAddress& address);

}  // namespace berth::netns
