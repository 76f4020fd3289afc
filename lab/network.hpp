// network.hpp - what a node is to know of groups and routes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "controlplane/protocol/berth_network.hpp"
#include "lab/lab.hpp"

namespace berth::lab {

/// The contents of a BerthNetworkMessage.
struct NodeNetwork {
  std::vector<protocol::SecurityGroup> security_groups;
  std::vector<protocol::NetworkRoute> routes;
  bool is_empty() const { return security_groups.empty() && routes.empty(); }
  bool operator==(const NodeNetwork&) const = default;
};

/// Groups that its live tasks have or refer to, routes to the blocks of all other instances whose
/// agent has been here. A node on the lab's own machine is reached where its peer reaches the lab;
/// where there is no address of the block's family, there is no route.
NodeNetwork network_of(const Lab& lab, const Instance& instance);

/// Those of the VPC that `ids` name, and those that their rules name; each once, with all members.
std::vector<protocol::SecurityGroup> told_groups(const Lab& lab,
                                                 const std::vector<std::string>& ids);

/// The latest BerthNetworkMessage of one session: what it said, and whether the agent has it.
/// Only one is under way; a newer one waits for its acknowledgement, or for it to be due again.
class NetworkNews {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  /// What is to be sent now, if anything; it counts as sent.
  std::optional<protocol::BerthNetworkMessage> next(Lab& lab, Instance& instance);
  /// True when it was this message's.
  bool take_ack(const std::string& message_id);
  /// When to send again without an acknowledgement; nullopt when nothing is under way.
  std::optional<Moment> resend_at(const Lab& lab) const;

 private:
  bool is_due(const Lab& lab, const Instance& instance) const;

  std::optional<std::uint64_t> revision_;  ///< of the lab's network, which `wanted_` is made of
  NodeNetwork wanted_;
  std::optional<NodeNetwork> told_;  ///< in this session
  std::string message_id_;
  Moment at_{};
  bool acked_ = false;
};

}  // namespace berth::lab
