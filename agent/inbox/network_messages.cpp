// network_messages.cpp - what the inbox does with messages about the network.
#include "agent/inbox/inbox.hpp"
#include "agent/inbox/network.hpp"
#include "base/log.hpp"
#include "controlplane/protocol/attach_interfaces.hpp"
#include "controlplane/protocol/berth_network.hpp"

namespace berth::inbox {

Async<> Inbox::receive_task_interfaces(protocol::Envelope envelope) {
  using Message = protocol::AttachTaskNetworkInterfacesMessage;
  Result<Message> message = protocol::decode<Message>(envelope.message);
  if (!message) co_return co_await unreadable(envelope.type, std::move(message).error());
  Announcement announcement{std::move(message->task_arn), std::move(message->enis),
                            std::chrono::milliseconds(message->wait_timeout_ms)};
  Result<> announced = co_await announce(std::move(announcement), std::move(message->message_id));
  co_return announced;
}

Async<> Inbox::receive_instance_interfaces(protocol::Envelope envelope) {
  using Message = protocol::AttachInstanceNetworkInterfacesMessage;
  Result<Message> message = protocol::decode<Message>(envelope.message);
  if (!message) co_return co_await unreadable(envelope.type, std::move(message).error());
  Announcement announcement{"", std::move(message->enis),
                            std::chrono::milliseconds(message->wait_timeout_ms)};
  Result<> announced = co_await announce(std::move(announcement), std::move(message->message_id));
  co_return announced;
}

Async<> Inbox::announce(Announcement announcement, std::string message_id) {
  Result<std::vector<records::Attachment>> all =
      attachments_of(announcement, needs_.clock.wall(), needs_.rules.plugged_in);
  if (!all) {
    co_return co_await unreadable("network interfaces", std::move(all).error());
  }
  for (records::Attachment& one : *all) {
    BERTH_CO_CHECK(co_await needs_.announce(std::move(one)));
  }
  Result<> acknowledged = co_await acknowledge(std::move(message_id));
  co_return acknowledged;
}

/// An old one is acknowledged and nothing else: a newer one was followed before. One that cannot be
/// followed is not acknowledged: it comes again.
Async<> Inbox::receive_network(protocol::Envelope envelope) {
  Result<protocol::BerthNetworkMessage> message =
      protocol::decode<protocol::BerthNetworkMessage>(envelope.message);
  if (!message) co_return co_await unreadable(envelope.type, std::move(message).error());
  std::string message_id = message->message_id;
  model::ClusterNetwork told = network_of(*message);
  BERTH_CO_TRY(const model::ClusterNetwork known, co_await needs_.book.network());
  const bool is_kept = known.instance_arn == told.instance_arn && told.version <= known.version;
  if (!is_kept) {
    model::ClusterNetwork kept = told;
    BERTH_CO_CHECK(co_await needs_.book.keep_network(std::move(kept)));
  }
  const std::int64_t version = told.version;
  if (!is_kept || (version == known.version && followed_ < version)) {
    Result<> followed = co_await needs_.follow_network(std::move(told));
    if (followed.failed_with(Errc::Cancelled)) co_return followed;
    if (!followed) {
      log::error("the network could not be changed as told", {{"error", followed.error().text()}});
      co_return ok();
    }
    followed_ = version;
  }
  Result<> acknowledged = co_await acknowledge(std::move(message_id));
  co_return acknowledged;
}

}  // namespace berth::inbox
