// subnets.cpp - the calls about the VPC and its subnets.
#include <algorithm>

#include "base/log.hpp"
#include "lab/ec2/api.hpp"

namespace berth::lab::ec2 {

namespace {

/// What subnets can be made of. source: RFC 1918, RFC 6598; RFC 4193 and global unicast.
constexpr std::string_view kVpcIpv4[] = {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",
                                         "100.64.0.0/10"};
constexpr std::string_view kVpcIpv6[] = {"fc00::/7", "2000::/3"};

Json association(std::string_view member, const std::string& range, const std::string& id) {
  Json shown = {{"associationId", id}};
  shown[std::string(member)] = range;
  shown[std::string(member) + "State"] = {{"state", "associated"}};
  return shown;
}

Json shown_subnet(const Lab& lab, const Addresses& addresses) {
  const Subnet& subnet = addresses.subnet();
  const std::string account(kAccount);
  Json shown = {
      {"subnetId", subnet.id},
      {"subnetArn", "arn:aws:ec2:" + lab.names().region + ":" + account + ":subnet/" + subnet.id},
      {"ownerId", account},
      {"vpcId", kVpc},
      {"state", "available"},
      {"availabilityZone", lab.settings().region + "a"},
      {"defaultForAz", subnet.id == kSubnet},
      {"mapPublicIpOnLaunch", false},
      {"assignIpv6AddressOnCreation", subnet.ipv6.has_value()},
      {"ipv6Native", !subnet.ipv4},
      {"availableIpAddressCount", subnet.ipv4 ? addresses.left() : 0},
      {"ipv6CidrBlockAssociationSet", Json::array()},
      {"tagSet", subnet.tags}};
  if (subnet.ipv4) shown["cidrBlock"] = subnet.ipv4->text();
  if (subnet.ipv6) {
    shown["ipv6CidrBlockAssociationSet"].push_back(
        association("ipv6CidrBlock", subnet.ipv6->text(), "subnet-cidr-assoc-" + subnet.id));
  }
  return shown;
}

/// The range of a new subnet. fails: InvalidParameterValue, InvalidSubnet.Range,
/// InvalidSubnet.Conflict.
Reply<Prefix> free_range(const Lab& lab, const std::string& text, const char* parameter) {
  const auto range = canonical_prefix(text);
  const bool v6 = std::string_view(parameter) == "ipv6CidrBlock";
  if (!range || range->is_v6() != v6) {
    return bad_value(text, parameter, "This is not a valid CIDR block.");
  }
  const std::span<const std::string_view> vpc = v6 ? std::span<const std::string_view>(kVpcIpv6)
                                                   : std::span<const std::string_view>(kVpcIpv4);
  const bool is_inside = std::any_of(vpc.begin(), vpc.end(), [&range](std::string_view one) {
    return canonical_prefix(one)->holds(*range);
  });
  if (const auto divisible = check_divisible(*range); !is_inside || !divisible) {
    return Fault{"InvalidSubnet.Range", "The CIDR '" + text + "' is invalid." +
                                            (divisible ? " It must be in one of the VPC's."
                                                       : " " + divisible.error().message + ".")};
  }
  for (const auto& [id, addresses] : lab.subnets()) {
    const auto& other = v6 ? addresses.subnet().ipv6 : addresses.subnet().ipv4;
    if (!other || !other->overlaps(*range)) continue;
    return Fault{"InvalidSubnet.Conflict",
                 "The CIDR '" + text + "' conflicts with another subnet, " + id};
  }
  return *range;
}

Reply<Subnet> subnet_in(const Lab& lab, const Json& input) {
  Subnet subnet;
  BERTH_TRY(const std::string ipv4, text_of(input, "CidrBlock"));
  BERTH_TRY(const std::string ipv6, text_of(input, "Ipv6CidrBlock"));
  BERTH_TRY(const bool native, flag_of(input, "Ipv6Native"));
  if (native && !ipv4.empty()) {
    return Fault{"InvalidParameterCombination",
                 "The parameter cidrBlock cannot be used with ipv6Native"};
  }
  if (native ? ipv6.empty() : ipv4.empty()) {
    return Fault{"MissingParameter", std::string("The request must contain the parameter ") +
                                         (native ? "ipv6CidrBlock" : "cidrBlock")};
  }
  if (!ipv4.empty()) {
    BERTH_TRY(subnet.ipv4, free_range(lab, ipv4, "cidrBlock"));
  }
  if (!ipv6.empty()) {
    BERTH_TRY(subnet.ipv6, free_range(lab, ipv6, "ipv6CidrBlock"));
  }
  BERTH_TRY(subnet.tags, tags_in(input, "subnet"));
  return subnet;
}

Reply<> check_subnet(const Lab& lab, const std::string& id) {
  if (lab.subnets().contains(id)) return done();
  return Fault{"InvalidSubnetID.NotFound", "The subnet ID '" + id + "' does not exist"};
}

}  // namespace

Reply<Json> describe_vpcs(Lab&, const Json& input) {
  BERTH_CHECK(check_dry_run(input));
  constexpr std::string_view kKnown[] = {"vpc-id", "is-default", "state"};
  BERTH_TRY(const Filters filters, Filters::in(input, kKnown));
  BERTH_TRY(const auto ids, texts_of(input, "VpcId"));
  for (const std::string& id : ids) BERTH_CHECK(check_vpc(id));
  Json vpcs = Json::array();
  const Attributes attributes = {
      {"vpc-id", {std::string(kVpc)}}, {"is-default", {"true"}}, {"state", {"available"}}};
  if (filters.let_through(attributes, Json::array())) {
    Json ipv4 = Json::array();
    Json ipv6 = Json::array();
    for (const auto range : kVpcIpv4) {
      ipv4.push_back(association("cidrBlock", std::string(range), "vpc-cidr-assoc-lab"));
    }
    for (const auto range : kVpcIpv6) {
      ipv6.push_back(association("ipv6CidrBlock", std::string(range), "vpc-cidr-assoc-lab"));
    }
    vpcs.push_back({{"vpcId", kVpc},
                    {"ownerId", kAccount},
                    {"state", "available"},
                    {"isDefault", true},
                    {"instanceTenancy", "default"},
                    {"cidrBlock", kVpcIpv4[0]},
                    {"cidrBlockAssociationSet", ipv4},
                    {"ipv6CidrBlockAssociationSet", ipv6},
                    {"tagSet", Json::array()}});
  }
  return Json{{"vpcSet", vpcs}};
}

Reply<Json> create_subnet(Lab& lab, const Json& input) {
  BERTH_TRY(const std::string vpc, required_text(input, "VpcId"));
  BERTH_CHECK(check_vpc(vpc));
  BERTH_TRY(Subnet subnet, subnet_in(lab, input));
  BERTH_CHECK(check_dry_run(input));
  BERTH_TRY(const Subnet made, lab.add_subnet(std::move(subnet)));
  log::info("subnet made", {{"what", made.id}});
  return Json{{"subnet", shown_subnet(lab, lab.subnets().at(made.id))}};
}

Reply<Json> describe_subnets(Lab& lab, const Json& input) {
  BERTH_CHECK(check_dry_run(input));
  constexpr std::string_view kKnown[] = {
      "subnet-id",   "vpc-id",         "cidr-block",       "state",
      "ipv6-native", "default-for-az", "availability-zone"};
  BERTH_TRY(const Filters filters, Filters::in(input, kKnown));
  BERTH_TRY(const auto ids, texts_of(input, "SubnetId"));
  for (const std::string& id : ids) BERTH_CHECK(check_subnet(lab, id));
  Json subnets = Json::array();
  for (const auto& [id, addresses] : lab.subnets()) {
    if (!ids.empty() && std::find(ids.begin(), ids.end(), id) == ids.end()) continue;
    const Json shown = shown_subnet(lab, addresses);
    const Attributes attributes = {
        {"subnet-id", {id}},
        {"vpc-id", {std::string(kVpc)}},
        {"cidr-block", {shown.value("cidrBlock", "")}},
        {"state", {"available"}},
        {"ipv6-native", {shown["ipv6Native"] ? "true" : "false"}},
        {"default-for-az", {shown["defaultForAz"] ? "true" : "false"}},
        {"availability-zone", {shown["availabilityZone"].get<std::string>()}}};
    if (filters.let_through(attributes, shown["tagSet"])) subnets.push_back(shown);
  }
  return Json{{"subnetSet", subnets}};
}

Reply<Json> delete_subnet(Lab& lab, const Json& input) {
  BERTH_TRY(const std::string id, required_text(input, "SubnetId"));
  BERTH_CHECK(check_subnet(lab, id));
  if (id == kSubnet) {
    return Fault{"OperationNotPermitted",
                 "The subnet '" + id + "' is made of berth-lab's --subnet and cannot be deleted."};
  }
  const auto& tasks = lab.tasks();
  const bool is_used = std::any_of(tasks.begin(), tasks.end(), [&id](const auto& one) {
    const Task& task = one.second;
    return task.status != TaskStatus::Stopped && task.interface && task.interface->subnet == id;
  });
  if (is_used) {
    return Fault{"DependencyViolation",
                 "The subnet '" + id + "' has dependencies and cannot be deleted."};
  }
  BERTH_CHECK(check_dry_run(input));
  BERTH_CHECK(lab.remove_subnet(id));
  log::info("subnet removed", {{"what", id}});
  return Json{{"return", true}};
}

}  // namespace berth::lab::ec2
