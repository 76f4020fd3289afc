// ec2.hpp - what EC2 says of this machine, where it is one of EC2's.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "agent/model/node_facts.hpp"
#include "base/dir.hpp"
#include "base/http/client.hpp"

namespace berth::node {

/// Where the instance metadata service is: AWS_EC2_METADATA_SERVICE_ENDPOINT, else its usual
/// address on a machine whose firmware names EC2. nullopt: there is none, or
/// AWS_EC2_METADATA_DISABLED is true. Asks nobody.
/// source: AWS SDKs, "IMDS credential provider"; EC2, "Identify EC2 Linux instances".
/// fails: Invalid (the endpoint is no URL).
Result<std::optional<http::Url>> ec2_metadata_service(
    const Dir& root, const std::map<std::string, std::string>& environment);

/// Asks for the identity document, its signature, and where the interface is; IMDSv2.
/// fails: Unavailable, TimedOut, Cancelled, Broken (a document without a region).
Async<model::Ec2Facts> ask_ec2(http::Client& client, http::Url service, Deadline by);

/// The same in a loop of its own, 200 ms at most, silent where there is no EC2; what failed on EC2
/// is logged.
std::optional<model::Ec2Facts> ec2_facts(const Dir& root,
                                         const std::map<std::string, std::string>& environment);

}  // namespace berth::node
