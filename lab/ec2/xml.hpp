// xml.hpp - a document as EC2 writes its answers; pure.
#pragma once

#include <string>

#include "base/json.hpp"

namespace berth::lab::ec2 {

/// {"return": true, "tagSet": [{"key": "a"}]} becomes
/// <NAME><return>true</return><tagSet><item><key>a</key></item></tagSet></NAME>, NAME with
/// `attributes` (" xmlns=...") behind it.
std::string xml_of(const std::string& name, const Json& value, const std::string& attributes = "");

}  // namespace berth::lab::ec2
