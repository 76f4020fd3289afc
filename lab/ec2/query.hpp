// query.hpp - a form of EC2's query protocol as one document; pure.
#pragma once

#include <string_view>

#include "base/json.hpp"
#include "lab/fault.hpp"

namespace berth::lab::ec2 {

/// "Filter.1.Name=vpc-id&Filter.1.Value.1=vpc-lab" becomes {"Filter": [{"Name": "vpc-id",
/// "Value": ["vpc-lab"]}]}. Every leaf is a text of valid UTF-8 without control characters.
///
/// fails:  MalformedQueryString.
/// source: EC2 API, "Query requests for Amazon EC2".
Reply<Json> input_of_form(std::string_view form);

}  // namespace berth::lab::ec2
