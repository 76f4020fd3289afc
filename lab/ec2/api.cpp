// api.cpp - the calls of the EC2 API that a network of tasks needs, by name.
#include "lab/ec2/api.hpp"

namespace berth::lab::ec2 {

Reply<Json> answer(Lab& lab, std::string_view action, const Json& input) {
  static const std::map<std::string_view, Ec2Call> calls = {
      {"DescribeVpcs", describe_vpcs},
      {"CreateSubnet", create_subnet},
      {"DescribeSubnets", describe_subnets},
      {"DeleteSubnet", delete_subnet},
      {"CreateSecurityGroup", create_security_group},
      {"DescribeSecurityGroups", describe_security_groups},
      {"DeleteSecurityGroup", delete_security_group},
      {"AuthorizeSecurityGroupIngress", authorize_security_group_ingress},
      {"AuthorizeSecurityGroupEgress", authorize_security_group_egress},
      {"RevokeSecurityGroupIngress", revoke_security_group_ingress},
      {"RevokeSecurityGroupEgress", revoke_security_group_egress},
      {"DescribeNetworkInterfaces", describe_network_interfaces},
  };
  const auto found = calls.find(action);
  if (found == calls.end()) {
    return Fault{"InvalidAction",
                 "The action " + std::string(action) + " is not valid for this web service."};
  }
  return found->second(lab, input);
}

}  // namespace berth::lab::ec2
