// network_wish.cpp - RunTask's networkConfiguration, read strictly.
#include "agent/standing/network_wish.hpp"

namespace berth::standing {

namespace {

constexpr const char* kMember = "networkConfiguration";
constexpr std::size_t kMostGroups = 5;  // source: ECS, awsvpcConfiguration.securityGroups

}  // namespace

Result<std::optional<model::Eni>> take_network_wish(Json& file) {
  if (!file.is_object() || !file.contains(kMember)) return std::optional<model::Eni>();
  const Json given = file[kMember];
  file.erase(kMember);
  JsonReader outer(given, kMember);
  const Json* awsvpc = outer.object("awsvpcConfiguration");
  if (awsvpc == nullptr) outer.complain("awsvpcConfiguration", "is required");
  outer.complain_of_unread("awsvpcConfiguration");
  if (const auto failed = outer.failed()) return *failed;
  JsonReader in(*awsvpc, std::string(kMember) + ".awsvpcConfiguration");
  model::Eni wish;
  const std::vector<std::string> subnets = in.texts("subnets");
  wish.security_groups = in.texts("securityGroups");
  const std::string public_ip = in.text("assignPublicIp", "DISABLED");
  if (subnets.size() > 1) {
    in.complain("subnets", std::to_string(subnets.size()) +
                               " given; a task of a file names one network of the node");
  } else if (!subnets.empty()) {
    wish.network = subnets.front();
    if (wish.network.empty()) in.complain("subnets[0]", "\"\" must be the name of a network");
  }
  if (wish.security_groups.size() > kMostGroups) {
    in.complain("securityGroups",
                std::to_string(wish.security_groups.size()) + " given; at most 5 are allowed");
  }
  if (public_ip != "DISABLED") {
    in.complain("assignPublicIp", dump_json(public_ip) +
                                      " must be \"DISABLED\": the node has no "
                                      "public addresses to give");
  }
  in.complain_of_unread("subnets, securityGroups, assignPublicIp");
  if (const auto failed = in.failed()) return *failed;
  return std::optional(std::move(wish));
}

}  // namespace berth::standing
