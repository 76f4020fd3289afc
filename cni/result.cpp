// result.cpp - JSON to values, of every version.
#include "cni/result.hpp"

#include <arpa/inet.h>

#include <algorithm>

namespace berth::cni {

namespace {

/// "10.1.2.3/24" or "fd00::3/64". nullopt: neither.
std::optional<bool> is_v6_interface(const std::string& text) {
  const std::size_t slash = text.find('/');
  const std::string bits = slash == std::string::npos ? "" : text.substr(slash + 1);
  const bool has_bits = !bits.empty() && bits.size() <= 3 &&
                        bits.find_first_not_of("0123456789") == std::string::npos;
  if (!has_bits) return std::nullopt;
  unsigned char octets[16];
  const std::string address = text.substr(0, slash);
  if (::inet_pton(AF_INET, address.c_str(), octets) == 1) {
    return std::stoi(bits) <= 32 ? std::optional(false) : std::nullopt;
  }
  if (::inet_pton(AF_INET6, address.c_str(), octets) != 1) return std::nullopt;
  return std::stoi(bits) <= 128 ? std::optional(true) : std::nullopt;
}

bool is_address_or_none(const std::string& text) {
  unsigned char octets[16];
  return text.empty() || ::inet_pton(AF_INET, text.c_str(), octets) == 1 ||
         ::inet_pton(AF_INET6, text.c_str(), octets) == 1;
}

std::string nth(const char* name, std::size_t at) {
  return std::string(name) + "[" + std::to_string(at) + "]";
}

Result<Interface> read_interface(const Json& object, const std::string& where) {
  JsonReader in(object, where);
  Interface interface;
  interface.name = in.text("name");
  interface.mac = in.text("mac");
  interface.sandbox = in.text("sandbox");
  const std::int64_t mtu = in.integer("mtu");
  if (mtu < 0 || mtu > UINT16_MAX + 1) in.complain("mtu", "must be 0 to 65536");
  if (interface.name.empty()) in.complain("name", "is required");
  if (const auto failed = in.failed()) return *failed;
  interface.mtu = static_cast<std::uint32_t>(mtu);
  return interface;
}

Result<Address> read_address(const Json& object, const std::string& where,
                             const char* member = "address") {
  JsonReader in(object, where);
  Address address;
  address.address = in.text(member);
  address.gateway = in.text("gateway");
  const auto place = in.maybe_integer("interface");
  // Early IPAM plugins say -1 for "not mine to know".
  if (place && *place >= 0) address.interface = static_cast<std::size_t>(*place);
  const std::optional<bool> is_v6 = is_v6_interface(address.address);
  if (!is_v6) {
    in.complain(member, "\"" + address.address + "\" must be an address with its prefix length");
  }
  if (!is_address_or_none(address.gateway)) {
    in.complain("gateway", "\"" + address.gateway + "\" must be an address");
  }
  if (const auto failed = in.failed()) return *failed;
  address.is_v6 = *is_v6;
  return address;
}

Result<Route> read_route(const Json& object, const std::string& where) {
  JsonReader in(object, where);
  Route route{in.text("dst"), in.text("gw")};
  if (!is_v6_interface(route.to)) {
    in.complain("dst", "\"" + route.to + "\" must be an address with its prefix length");
  }
  if (!is_address_or_none(route.via)) {
    in.complain("gw", "\"" + route.via + "\" must be an address");
  }
  if (const auto failed = in.failed()) return *failed;
  return route;
}

Result<> add_routes(JsonReader& in, Attached& attached) {
  const std::vector<const Json*> routes = in.array("routes");
  for (std::size_t at = 0; at < routes.size(); ++at) {
    BERTH_TRY(Route route, read_route(*routes[at], in.where() + "." + nth("routes", at)));
    attached.routes.push_back(std::move(route));
  }
  return ok();
}

/// The form of 0.1.0 and 0.2.0: one address of each family.
Result<> add_early_address(JsonReader& in, const char* name, Attached& attached) {
  const Json* found = in.object(name);
  if (found == nullptr) return ok();
  const std::string where = in.where() + "." + name;
  BERTH_TRY(Address address, read_address(*found, where, "ip"));
  attached.addresses.push_back(std::move(address));
  JsonReader early(*found, where);
  BERTH_CHECK(add_routes(early, attached));
  if (const auto failed = early.failed()) return *failed;
  return ok();
}

Dns read_dns(const Json& object, JsonReader& outer) {
  JsonReader in(object, "dns");
  Dns dns{in.texts("nameservers"), in.text("domain"), in.texts("search"), in.texts("options")};
  for (const std::string& server : dns.servers) {
    if (server.empty() || !is_address_or_none(server)) {
      in.complain("nameservers", "\"" + server + "\" must be an address");
    }
  }
  if (const auto failed = in.failed()) outer.complain("dns", failed->message);
  return dns;
}

Result<> add_addresses(JsonReader& in, Attached& attached) {
  const std::vector<const Json*> addresses = in.array("ips");
  for (std::size_t at = 0; at < addresses.size(); ++at) {
    const std::string where = in.where() + "." + nth("ips", at);
    BERTH_TRY(Address address, read_address(*addresses[at], where));
    if (address.interface && *address.interface >= attached.interfaces.size()) {
      return Error{Errc::Invalid, 0,
                   where + ".interface: " + std::to_string(*address.interface) + ": there are " +
                       std::to_string(attached.interfaces.size()) + " interfaces"};
    }
    attached.addresses.push_back(std::move(address));
  }
  BERTH_CHECK(add_early_address(in, "ip4", attached));
  return add_early_address(in, "ip6", attached);
}

bool is_inside(const Attached& attached, const Address& address) {
  return !address.interface || !attached.interfaces[*address.interface].sandbox.empty();
}

}  // namespace

Result<Attached> attached_from_json(const Json& document) {
  JsonReader in(document, "answer to ADD");
  Attached attached;
  const std::vector<const Json*> interfaces = in.array("interfaces");
  for (std::size_t at = 0; at < interfaces.size(); ++at) {
    const std::string where = in.where() + "." + nth("interfaces", at);
    BERTH_TRY(Interface interface, read_interface(*interfaces[at], where));
    attached.interfaces.push_back(std::move(interface));
  }
  BERTH_CHECK(add_addresses(in, attached));
  BERTH_CHECK(add_routes(in, attached));
  if (const Json* dns = in.object("dns")) attached.dns = read_dns(*dns, in);
  if (const auto failed = in.failed()) return *failed;
  attached.document = document;
  return attached;
}

Result<Attached> parse_attached(std::string_view answer) {
  BERTH_TRY(const Json document, parse_json(answer));
  return attached_from_json(document);
}

const Address* inner_address(const Attached& attached, bool is_v6) {
  for (const Address& address : attached.addresses) {
    if (address.is_v6 == is_v6 && is_inside(attached, address)) return &address;
  }
  return nullptr;
}

std::vector<std::string> inner_addresses(const Attached& attached) {
  std::vector<std::string> addresses;
  for (const bool is_v6 : {false, true}) {
    for (const Address& one : attached.addresses) {
      if (one.is_v6 != is_v6 || !is_inside(attached, one)) continue;
      addresses.push_back(one.address.substr(0, one.address.find('/')));
    }
  }
  return addresses;
}

const Interface* inner_interface(const Attached& attached, const std::string& name) {
  for (const Interface& one : attached.interfaces) {
    if (!one.sandbox.empty() && one.name == name) return &one;
  }
  return nullptr;
}

const Interface* outer_interface(const Attached& attached) {
  const auto& all = attached.interfaces;
  const auto last = std::find_if(all.rbegin(), all.rend(),
                                 [](const Interface& one) { return one.sandbox.empty(); });
  return last == all.rend() ? nullptr : &*last;
}

}  // namespace berth::cni
