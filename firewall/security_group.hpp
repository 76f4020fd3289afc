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

/// Makes the sets of the group's members where they are missing, and fills them in place of what
/// they held. fails: Invalid (names field and value); so does the next.
Result<std::string> members_text(const std::string& table, const Group& group);

/// The same for its chains of rules. The sets of the groups they name must be there.
Result<std::string> rules_text(const std::string& table, const Group& group);

/// Takes them away: rules first, nothing may refer to what goes.
std::string rules_removal(const std::string& table, const std::string& group_id);
std::string members_removal(const std::string& table, const std::string& group_id);

}  // namespace berth::firewall
