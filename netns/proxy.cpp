// proxy.cpp - RTM_NEWNEIGH, RTM_DELNEIGH and their list, with NTF_PROXY.
#include "netns/proxy.hpp"

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cerrno>

#include "netns/address.hpp"
#include "netns/node_routes.hpp"

namespace berth::netns {

namespace {

ndmsg about(const Proxy& proxy) {
  ndmsg header{};
  header.ndm_family = family_of(proxy.address);
  header.ndm_ifindex = static_cast<int>(proxy.link);
  header.ndm_flags = NTF_PROXY;
  header.ndm_state = NUD_PERMANENT;  // others go when the device loses its carrier
  return header;
}

}  // namespace

Request proxy_request(const Proxy& proxy) {
  Request request(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, about(proxy),
                  "answer for " + text_of(proxy.address));
  return put_address(request, NDA_DST, proxy.address).number8(NDA_PROTOCOL, kRouteProtocol);
}

Request proxy_removal(const Proxy& proxy) {
  Request request(RTM_DELNEIGH, 0, about(proxy), "answer no longer for " + text_of(proxy.address));
  return put_address(request, NDA_DST, proxy.address).forgive(ENOENT);
}

Result<std::vector<Proxy>> list_proxies(Netlink& netlink) {
  ndmsg every{};
  every.ndm_flags = NTF_PROXY;
  const Request question(RTM_GETNEIGH, NLM_F_DUMP, every, "list proxies of neighbours");
  BERTH_TRY(const std::vector<Message> answers, netlink.ask(question));
  std::vector<Proxy> proxies;
  for (const Message& answer : answers) {
    const auto header = header_of<ndmsg>(answer);
    if (!header || answer.type != RTM_NEWNEIGH || (header->ndm_flags & NTF_PROXY) == 0) continue;
    const Attributes attributes = attributes_of(answer, sizeof *header);
    const std::string_view protocol = attributes.find(NDA_PROTOCOL).value_or("");
    if (protocol.empty() || static_cast<std::uint8_t>(protocol.front()) != kRouteProtocol) continue;
    const std::optional<IpAddress> address = address_in(attributes.find(NDA_DST));
    if (!address) continue;
    proxies.push_back({static_cast<std::uint32_t>(header->ndm_ifindex), *address});
  }
  return proxies;
}

}  // namespace berth::netns
