// names.hpp - whom the host asks for addresses.
#pragma once

#include <string>
#include <vector>

#include "agent/doctor/finding.hpp"
#include "base/result.hpp"

namespace berth::doctor {

/// The servers of a resolv.conf. source: resolv.conf(5).
std::vector<std::string> name_servers_in(const std::string& resolv_conf);

/// resolv_conf: the text of /etc/resolv.conf.
Finding judge_resolver(const Result<std::string>& resolv_conf);

}  // namespace berth::doctor
