// inbox.hpp - what the control plane says, written down, then acknowledged.
#pragma once

#include <functional>
#include <string>

#include "agent/engine/engine.hpp"
#include "agent/inbox/accept.hpp"
#include "agent/inbox/interfaces.hpp"
#include "agent/records/journal.hpp"
#include "agent/vault/vault.hpp"
#include "base/clock.hpp"
#include "controlplane/protocol/session.hpp"

namespace berth::inbox {

/// Everything the inbox works with. Outlives it.
struct Needs {
  engine::Engine& engine;
  records::NodeBook& book;
  vault::Vault& vault;
  Clock& clock;
  std::function<model::Placement(const model::Task&)> place;
  /// Writes an announced interface down and sees to the rest.
  std::function<Async<>(records::Attachment)> announce;
  std::function<Async<>(std::string frame)> send;  ///< on the session the message came from
  /// What was told of the network is kept; the node is to follow it.
  std::function<Async<>(model::ClusterNetwork)> follow_network;
  Rules rules;
  std::string cluster;  ///< as configured; acknowledgements carry it
  std::string instance_arn;
  /// Why the node cannot take a task beside those that it has; "" when it can.
  std::function<std::string(const model::Task&)> objection = [](const auto&) { return ""; };
};

/// Takes the messages of the agent session, one after the other. One instance for the daemon; loop
/// thread.
class Inbox {
 public:
  explicit Inbox(Needs needs) : needs_(std::move(needs)) {}

  /// Acts on one message; it returns once everything is written down and acknowledged. A message
  /// that cannot be read is logged and neither acknowledged nor refused: the service sends it
  /// again.
  ///
  /// fails:  as the journal, or as `send`.
  Async<> receive(protocol::Envelope envelope);

 private:
  Async<> receive_payload(protocol::Envelope envelope);
  Async<bool> take_tasks(std::vector<protocol::Task> tasks, std::string desired_status);
  Async<> take_task(protocol::Task task);
  Async<> refuse(model::Task task, std::string reason);
  Async<> unreadable(std::string type, Error why);
  Async<> receive_task_interfaces(protocol::Envelope envelope);
  Async<> receive_instance_interfaces(protocol::Envelope envelope);
  Async<> announce(Announcement announcement, std::string message_id);
  Async<> receive_credentials(protocol::Envelope envelope);
  Async<> receive_manifest(protocol::Envelope envelope);
  Async<> ask_to_stop(protocol::TaskManifestMessage manifest);
  Async<> receive_stop_verification(protocol::Envelope envelope);
  Async<> receive_heartbeat(protocol::Envelope envelope);
  Async<> receive_network(protocol::Envelope envelope);
  Result<> keep_keys(const std::string& task_arn, vault::Role role,
                     const protocol::RoleCredentials& credentials);
  bool keep_keys(const std::vector<protocol::Task>& tasks);
  bool is_over(const std::string& task_arn) const;
  Async<> acknowledge(std::string message_id);
  Async<> acknowledge_credentials(std::string message_id, protocol::RoleCredentials credentials);

  Needs needs_;
  /// The highest number heard: of payloads since the start, of manifests ever. A manifest that is
  /// not above it is old.
  std::int64_t sequence_ = -1;
  bool sequence_recalled_ = false;  ///< the journal's number is in it
  std::int64_t followed_ = -1;      ///< version of the network that the node was brought to
  std::string manifest_id_;         ///< of the manifest whose stops may be confirmed; "" is none
};

}  // namespace berth::inbox
