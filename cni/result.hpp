// result.hpp - what plugins made of an attachment, as they tell it; pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "cni/spec.hpp"

namespace berth::cni {

/// source: CNI specification, "ADD Success".
struct Interface {
  std::string name;
  std::string mac;        ///< "mac"; may be empty
  std::string sandbox;    ///< the namespace it is in; "" is the host
  std::uint32_t mtu = 0;  ///< bytes; since 1.1, 0 is not said
  bool operator==(const Interface&) const = default;
};

struct Address {
  std::string address;                   ///< with its prefix, "10.1.2.3/24"
  std::string gateway;                   ///< may be empty
  std::optional<std::size_t> interface;  ///< which of the interfaces has it
  bool is_v6 = false;
  bool operator==(const Address&) const = default;
};

struct Route {
  std::string to;   ///< "0.0.0.0/0"
  std::string via;  ///< "" is the gateway of the address
  bool operator==(const Route&) const = default;
};

struct Attached {
  std::vector<Interface> interfaces;
  std::vector<Address> addresses;
  std::vector<Route> routes;
  Dns dns;
  Json document;  ///< the whole answer, for the plugins that come after
  bool operator==(const Attached&) const = default;
};

/// Reads the answer to ADD, of any version of the protocol: with "ips" since 0.3.0, with "ip4" and
/// "ip6" before.
///
/// fails:  Invalid, naming the member.
Result<Attached> parse_attached(std::string_view answer);
Result<Attached> attached_from_json(const Json& document);

/// Its address of a family on an interface inside a namespace; the first one. nullptr: none.
const Address* inner_address(const Attached& attached, bool is_v6);

/// All of those, IPv4 first, without their prefix.
std::vector<std::string> inner_addresses(const Attached& attached);

/// The interface called `name` that is inside a namespace; nullptr: none.
const Interface* inner_interface(const Attached& attached, const std::string& name);

/// The host's end of the attachment: the last interface outside of the namespace, because bridges
/// are told of before the devices on them. nullptr: none, as with macvlan.
const Interface* outer_interface(const Attached& attached);

}  // namespace berth::cni
