// groups.cpp - the calls about security groups as a whole.
#include <algorithm>

#include "base/log.hpp"
#include "lab/ec2/api.hpp"

namespace berth::lab::ec2 {

namespace {

constexpr std::size_t kMostCharacters = 255;  // EC2 API, CreateSecurityGroup

Json shown_group(const Lab& lab, const SecurityGroup& group) {
  const std::string account(kAccount);
  return {{"groupId", group.id},
          {"groupName", group.name},
          {"groupDescription", group.description},
          {"ownerId", account},
          {"vpcId", kVpc},
          {"securityGroupArn",
           "arn:aws:ec2:" + lab.names().region + ":" + account + ":security-group/" + group.id},
          {"ipPermissions", permissions_of(group.ingress)},
          {"ipPermissionsEgress", permissions_of(group.egress)},
          {"tagSet", group.tags}};
}

/// Besides letters and digits. source: EC2 API, CreateSecurityGroup.
constexpr std::string_view kSigns = " ._-:/()#,@[]+=&;{}!$*";

Reply<> check_words(const std::string& text, const char* parameter) {
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kSigns.find(c) != std::string_view::npos;
  });
  if (plain && text.size() <= kMostCharacters) return done();
  return bad_value(text, parameter,
                   "Valid are up to 255 letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*");
}

const SecurityGroup* group_named(const Lab& lab, const std::string& name) {
  for (const auto& [id, group] : lab.groups()) {
    if (group.name == name) return &group;
  }
  return nullptr;
}

Fault no_group(const std::string& id) {
  return {"InvalidGroup.NotFound", "The security group '" + id + "' does not exist"};
}

/// An interface has it, or a rule of another group names it.
bool is_in_use(const Lab& lab, const std::string& id) {
  const auto& tasks = lab.tasks();
  const auto& groups = lab.groups();
  return std::any_of(tasks.begin(), tasks.end(),
                     [&id](const auto& one) {
                       const Task& task = one.second;
                       if (task.status == TaskStatus::Stopped || !task.interface) return false;
                       const auto& own = task.interface->groups;
                       return std::find(own.begin(), own.end(), id) != own.end();
                     }) ||
         std::any_of(groups.begin(), groups.end(),
                     [&id](const auto& one) { return one.first != id && one.second.names(id); });
}

}  // namespace

Reply<const SecurityGroup*> group_in(const Lab& lab, const Json& input) {
  BERTH_TRY(const std::string id, text_of(input, "GroupId"));
  BERTH_TRY(const std::string name, text_of(input, "GroupName"));
  if (id.empty() && name.empty()) {
    return Fault{"MissingParameter", "The request must contain the parameter GroupName or GroupId"};
  }
  if (id.empty()) {
    const SecurityGroup* found = group_named(lab, name);
    if (found) return found;
    return Fault{"InvalidGroup.NotFound", "The security group '" + name +
                                              "' does not exist in default VPC '" +
                                              std::string(kVpc) + "'"};
  }
  const auto found = lab.groups().find(id);
  if (found == lab.groups().end()) return no_group(id);
  return &found->second;
}

Reply<Json> create_security_group(Lab& lab, const Json& input) {
  SecurityGroup group;
  BERTH_TRY(group.name, required_text(input, "GroupName"));
  BERTH_TRY(group.description, required_text(input, "GroupDescription"));
  BERTH_TRY(const std::string vpc, text_of(input, "VpcId"));
  if (!vpc.empty()) BERTH_CHECK(check_vpc(vpc));
  BERTH_CHECK(check_words(group.name, "GroupName"));
  BERTH_CHECK(check_words(group.description, "GroupDescription"));
  if (group.name.starts_with("sg-")) {
    return bad_value(group.name, "GroupName", "Group names may not be in the format sg-*.");
  }
  if (group_named(lab, group.name)) {
    return Fault{"InvalidGroup.Duplicate", "The security group '" + group.name +
                                               "' already exists for VPC '" + std::string(kVpc) +
                                               "'"};
  }
  BERTH_TRY(group.tags, tags_in(input, "security-group"));
  BERTH_CHECK(check_dry_run(input));
  BERTH_TRY(const SecurityGroup made, lab.add_group(std::move(group)));
  log::info("security group made", {{"what", made.id}, {"name", made.name}});
  return Json{{"return", true},
              {"groupId", made.id},
              {"securityGroupArn", shown_group(lab, made)["securityGroupArn"]},
              {"tagSet", made.tags}};
}

Reply<Json> describe_security_groups(Lab& lab, const Json& input) {
  BERTH_CHECK(check_dry_run(input));
  constexpr std::string_view kKnown[] = {"group-id", "group-name", "vpc-id", "description"};
  BERTH_TRY(const Filters filters, Filters::in(input, kKnown));
  BERTH_TRY(const auto ids, texts_of(input, "GroupId"));
  BERTH_TRY(const auto names, texts_of(input, "GroupName"));
  for (const std::string& id : ids) BERTH_CHECK(group_in(lab, {{"GroupId", id}}));
  for (const std::string& name : names) BERTH_CHECK(group_in(lab, {{"GroupName", name}}));
  auto is_among = [](const std::vector<std::string>& wanted, const std::string& one) {
    return wanted.empty() || std::find(wanted.begin(), wanted.end(), one) != wanted.end();
  };
  Json groups = Json::array();
  for (const auto& [id, group] : lab.groups()) {
    if (!is_among(ids, id) || !is_among(names, group.name)) continue;
    const Attributes attributes = {{"group-id", {id}},
                                   {"group-name", {group.name}},
                                   {"vpc-id", {std::string(kVpc)}},
                                   {"description", {group.description}}};
    if (filters.let_through(attributes, group.tags)) groups.push_back(shown_group(lab, group));
  }
  return Json{{"securityGroupInfo", groups}};
}

Reply<Json> delete_security_group(Lab& lab, const Json& input) {
  BERTH_TRY(const SecurityGroup* group, group_in(lab, input));
  const std::string id = group->id;
  if (id == kDefaultGroup) {
    return Fault{"CannotDelete", "the specified group: \"" + id + "\" name: \"" + group->name +
                                     "\" cannot be deleted by a user"};
  }
  if (is_in_use(lab, id)) {
    return Fault{"DependencyViolation", "resource " + id + " has a dependent object"};
  }
  BERTH_CHECK(check_dry_run(input));
  BERTH_CHECK(lab.remove_group(id));
  log::info("security group removed", {{"what", id}});
  return Json{{"return", true}, {"groupId", id}};
}

}  // namespace berth::lab::ec2
