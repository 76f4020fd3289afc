// api.hpp - the calls of the EC2 API that a network of tasks needs, by name.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "lab/fault.hpp"
#include "lab/lab.hpp"

namespace berth::lab::ec2 {

/// Answers one call. input: as input_of_form() reads it; the answer as xml_of() writes it.
///
/// fails:  InvalidAction, or what the call refuses with.
Reply<Json> answer(Lab& lab, std::string_view action, const Json& input);

// One function for each call; the file says the subject.
using Ec2Call = Reply<Json> (*)(Lab&, const Json&);

// subnets.cpp
Reply<Json> describe_vpcs(Lab& lab, const Json& input);
Reply<Json> create_subnet(Lab& lab, const Json& input);
Reply<Json> describe_subnets(Lab& lab, const Json& input);
Reply<Json> delete_subnet(Lab& lab, const Json& input);

// groups.cpp
Reply<Json> create_security_group(Lab& lab, const Json& input);
Reply<Json> describe_security_groups(Lab& lab, const Json& input);
Reply<Json> delete_security_group(Lab& lab, const Json& input);
/// By GroupId, or GroupName in the VPC. fails: InvalidGroup.NotFound, MissingParameter.
Reply<const SecurityGroup*> group_in(const Lab& lab, const Json& input);

// rules.cpp
Reply<Json> authorize_security_group_ingress(Lab& lab, const Json& input);
Reply<Json> authorize_security_group_egress(Lab& lab, const Json& input);
Reply<Json> revoke_security_group_ingress(Lab& lab, const Json& input);
Reply<Json> revoke_security_group_egress(Lab& lab, const Json& input);
/// The rules as ipPermissions shows them.
Json permissions_of(const std::vector<Rule>& rules);

// interfaces.cpp
Reply<Json> describe_network_interfaces(Lab& lab, const Json& input);

// input.cpp
/// A text member; "" when absent. fails: InvalidParameterValue (not a text).
Reply<std::string> text_of(const Json& input, const char* name);
Reply<std::string> required_text(const Json& input, const char* name);
Reply<std::vector<std::string>> texts_of(const Json& input, const char* name);
Reply<std::vector<Json>> objects_of(const Json& input, const char* name);
Reply<bool> flag_of(const Json& input, const char* name);
Fault bad_value(const std::string& value, const std::string& name, const std::string& why);
/// fails:  DryRunOperation, for a call that would have succeeded and is not to.
Reply<> check_dry_run(const Json& input);
/// The vpc a call names. fails: InvalidVpcID.NotFound.
Reply<> check_vpc(const std::string& vpc);
/// TagSpecification[] for what is made: [{"key", "value"}]. fails: InvalidParameterValue.
Reply<Json> tags_in(const Json& input, std::string_view resource_type);

/// What one thing has, by names of filters.
using Attributes = std::map<std::string, std::vector<std::string>>;
/// Filter[] of a request: values may have '*' and '?'; every filter must be met.
class Filters {
 public:
  /// known: names besides "tag:<key>" and "tag-key". fails: InvalidParameterValue.
  static Reply<Filters> in(const Json& input, std::span<const std::string_view> known);
  bool let_through(Attributes attributes, const Json& tags) const;

 private:
  Attributes wanted_;
};

}  // namespace berth::lab::ec2
