// filter.hpp - would the rules of Docker, ufw, firewalld or the host's own people drop packets of
// tasks?
#pragma once

#include "agent/doctor/finding.hpp"
#include "firewall/neighbours.hpp"

namespace berth::doctor {

/// What judging the neighbours needs besides them.
struct FilterFacts {
  firewall::Neighbours around;
  bool is_integrated = true;      ///< BERTH_FIREWALL_INTEGRATION is auto
  bool has_firewall_cmd = false;  ///< firewalld's program is there
};

Findings judge_filter(const FilterFacts& facts);

}  // namespace berth::doctor
