// veth_pair.cpp - make it; where a name is taken, look whose it is.
#include "netns/drivers/veth_pair.hpp"

#include "base/crash_point.hpp"

namespace berth::netns {

Result<> ensure_pair(Netlink& here, const VethPair& pair, const LinkChange& outer,
                     Netlink& inside) {
  Result<> made = here.change(veth_request(pair));
  BERTH_CRASH_POINT("veth.made");
  if (made) return here.change(link_change_request(outer));
  if (!made.failed_with(Errc::Exists)) return made;

  // One of the two names is taken: by an earlier attempt, by what the kernel has not yet cleaned up
  // of an earlier life of this name, or by somebody else.
  const Result<Link> end = find_link(here, pair.name);
  const Result<Link> other = find_link(inside, pair.peer_name);
  // No alias: we were stopped between making and naming it.
  if (end && (end->kind != "veth" || (!end->alias.empty() && end->alias != *outer.alias))) {
    return std::move(made).error().while_doing("device belongs to \"" + end->alias + "\"");
  }
  if (other && other->kind != "veth") return made;
  if (end && other && other->peer_link == end->index && end->peer_link == other->index) {
    return here.change(link_change_request(outer));
  }
  if (end) BERTH_CHECK(delete_link(here, pair.name));
  if (other) BERTH_CHECK(delete_link(inside, pair.peer_name));
  BERTH_CHECK(here.change(veth_request(pair)));
  return here.change(link_change_request(outer));
}

}  // namespace berth::netns
