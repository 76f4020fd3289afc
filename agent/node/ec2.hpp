// ec2.hpp - what EC2 says of this machine, where it is one of EC2's.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "agent/model/node_facts.hpp"
#include "base/clock.hpp"
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
/// fails: Unavailable, TimedOut, Denied (the service is turned off for this machine), Cancelled,
///        Broken (a document without a region).
Async<model::Ec2Facts> ask_ec2(http::Client& client, http::Url service, Deadline by);

/// The same, asked again for half a minute while nothing answers, as early in a boot. nullopt: it
/// did not tell, and why is logged.
/// fails: Cancelled.
Async<std::optional<model::Ec2Facts>> await_ec2(http::Url service, Clock& clock);

/// The region alone, asked once in a loop of its own, for 200 ms at most; nullopt where there is no
/// EC2. fails: as ec2_metadata_service and ask_ec2.
Result<std::optional<std::string>> ec2_region(
    const Dir& root, const std::map<std::string, std::string>& environment);

}  // namespace berth::node
