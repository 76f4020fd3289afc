// open_ways.hpp - tasks' packets beside Docker, ufw and firewalld: let through where those say how.
#pragma once

#include <string>

#include "agent/steps/tools.hpp"

namespace berth::steps {

/// Has every neighbour's rules let our devices through, written down first; what is as it should be
/// costs nothing until somebody changes something (WayState::is_current). One at a time.
///
/// again:   yes. A neighbour that cannot be told is doubted, too; nothing fails for it.
/// returns what may still stand in the way of packets, for people; "" is nothing.
Async<std::string> open_ways(Tools& tools);

/// Takes all of that away when the firewall has no device any more, or it is not wanted. What an
/// earlier berthd asked of firewalld stays then, until that reloads. again: yes.
Async<> close_unneeded_ways(Tools& tools);

/// Undoes one noted change of these kinds, whatever else there is: of a purge.
inline constexpr const char* kAcceptChange = "nft-accept";         ///< "ip filter DOCKER-USER"
inline constexpr const char* kZoneChange = "firewalld-interface";  ///< "berth be+"
Result<> undo_accept(const std::string& name, const std::string& owner);
/// Out of either zone that we put them into; where others have put them they stay.
Async<> leave_firewalld(Spawner& spawner);

}  // namespace berth::steps
