// attachment.cpp - checked, and to and from what is kept of it.
#include "cni/spec.hpp"

#include <algorithm>

#include "cni/words.hpp"

namespace berth::cni {

namespace {

constexpr std::size_t kInterfaceBytes = 15;  // the kernel's IFNAMSIZ without its end

bool is_interface_name(const std::string& name) {
  return !name.empty() && name.size() <= kInterfaceBytes && name != "." && name != ".." &&
         std::none_of(name.begin(), name.end(),
                      [](char c) { return c == '/' || c == ':' || c <= ' '; });
}

Json rates_as(const Rates& rates) {
  Json both = Json::object();
  if (rates.ingress) both["ingress"] = *rates.ingress;
  if (rates.egress) both["egress"] = *rates.egress;
  return both;
}

Json wishes_as(const Wishes& wishes) {
  Json ports = Json::array();
  for (const PortMapping& one : wishes.ports) {
    ports.push_back({{"host_port", one.host_port},
                     {"container_port", one.container_port},
                     {"protocol", one.protocol},
                     {"host_address", one.host_address}});
  }
  return {{"ports", std::move(ports)},
          {"bandwidth", rates_as(wishes.bandwidth)},
          {"mac", wishes.mac},
          {"ips", wishes.ips},
          {"dns_servers", wishes.dns.servers},
          {"dns_search", wishes.dns.search},
          {"dns_options", wishes.dns.options}};
}

std::optional<std::uint64_t> rate_in(JsonReader& in, const char* name) {
  const std::optional<std::int64_t> rate = in.maybe_integer(name);
  return rate ? std::optional(static_cast<std::uint64_t>(*rate)) : std::nullopt;
}

Result<Wishes> wishes_in(const Json& document) {
  JsonReader in(document, "wishes");
  Wishes wishes;
  for (const Json* one : in.array("ports")) {
    JsonReader port(*one, "wishes.ports");
    wishes.ports.push_back({static_cast<int>(port.integer("host_port")),
                            static_cast<int>(port.integer("container_port")), port.text("protocol"),
                            port.text("host_address")});
    if (const auto failed = port.failed()) return *failed;
  }
  if (const Json* rates = in.object("bandwidth")) {
    JsonReader both(*rates, "wishes.bandwidth");
    wishes.bandwidth = {rate_in(both, "ingress"), rate_in(both, "egress")};
    if (const auto failed = both.failed()) return *failed;
  }
  wishes.mac = in.text("mac");
  wishes.ips = in.texts("ips");
  wishes.dns.servers = in.texts("dns_servers");
  wishes.dns.search = in.texts("dns_search");
  wishes.dns.options = in.texts("dns_options");
  if (const auto failed = in.failed()) return *failed;
  return wishes;
}

}  // namespace

Result<> check(const Attachment& attachment) {
  const auto refused = [](const std::string& why) { return Error{Errc::Invalid, 0, why}; };
  if (!is_plain_name(attachment.container)) {
    return refused("container \"" + attachment.container +
                   "\" must be a letter or digit, then letters, digits, '_', '.' or '-'");
  }
  if (!is_interface_name(attachment.interface)) {
    return refused("interface \"" + attachment.interface +
                   "\" must be 1 to 15 characters without '/', ':' and white space");
  }
  for (const auto& [key, value] : attachment.args) {
    const bool is_plain = !key.empty() && (key + value).find_first_of(";=") == std::string::npos;
    if (!is_plain)
      return refused("argument \"" + key + "=" + value + "\" must not hold ';' or '='");
  }
  return ok();
}

Json to_json(const Attachment& attachment) {
  Json args = Json::array();
  for (const auto& [key, value] : attachment.args) args.push_back({key, value});
  return {{"container", attachment.container},
          {"netns", attachment.netns},
          {"interface", attachment.interface},
          {"args", std::move(args)},
          {"wishes", wishes_as(attachment.wishes)}};
}

Result<Attachment> attachment_from_json(const Json& document) {
  JsonReader in(document, "attachment");
  Attachment attachment;
  attachment.container = in.text("container");
  attachment.netns = in.text("netns");
  attachment.interface = in.text("interface");
  for (const Json* one : in.array("args")) {
    const bool is_pair =
        one->is_array() && one->size() == 2 && (*one)[0].is_string() && (*one)[1].is_string();
    if (!is_pair) return Error{Errc::Invalid, 0, "attachment.args: must be pairs of strings"};
    attachment.args.emplace_back((*one)[0].get<std::string>(), (*one)[1].get<std::string>());
  }
  if (const Json* wishes = in.object("wishes")) {
    BERTH_TRY(attachment.wishes, wishes_in(*wishes));
  }
  if (const auto failed = in.failed()) return *failed;
  BERTH_CHECK(check(attachment));
  return attachment;
}

}  // namespace berth::cni
