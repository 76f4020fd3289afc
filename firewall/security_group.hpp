// security_group.hpp - security groups as text for nft; pure.
#pragma once

#include <string>

#include "base/result.hpp"
#include "firewall/spec.hpp"

namespace berth::firewall {

/// Names in the table, for those who refer to them.
std::string ingress_chain_of(const std::string& group_id);
std::string egress_chain_of(const std::string& group_id);
/// The sets of a group's members of one family.
std::string members_set_of(const std::string& group_id, bool is_v6);

/// The chain that an allowed packet of a member goes on to: it meets the groups of whom it is for.
inline constexpr const char* kAdmitted = "admitted";

/// Makes the group's chains and sets, empty. To be run for all groups before the next, because
/// rules refer to the sets of other groups. again: yes, what is there stays.
/// fails: Invalid (the id).
Result<std::string> declaration_of(const std::string& table, const Group& group);

/// Fills them, in place of what they held. fails: Invalid (names field and value).
Result<std::string> contents_of(const std::string& table, const Group& group);

}  // namespace berth::firewall
