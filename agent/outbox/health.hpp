// health.hpp - tells the control plane how healthy the containers are.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/model/record.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "controlplane/protocol/telemetry.hpp"

namespace berth::outbox {

using Records = std::vector<std::shared_ptr<const model::Record>>;

/// The PublishHealthRequests that tell of every running container with a health check, local tasks
/// left out, ten tasks each; empty when there is none. source: reference telemetry, section 4.3.
/// Pure but for the id.
std::vector<protocol::PublishHealthRequest> health_requests(const Records& records,
                                                            const std::string& cluster,
                                                            const std::string& instance_arn,
                                                            const std::string& message_id,
                                                            WallTime now);

/// Publishes every 20 s, and within 100 ms of a change but at most once a second, while a telemetry
/// session is open; idle metrics go with the tick, as from an agent with metrics switched off.
/// One instance for the daemon; loop thread.
class HealthPublisher {
 public:
  struct Needs {
    std::function<Records()> records;
    std::function<bool()> is_connected;
    std::function<Async<>(std::string frame)> send;
    std::string cluster;
    std::string instance_arn;
  };
  HealthPublisher(Needs needs, Clock& clock, asio::any_io_executor executor);

  /// A record changed. Cheap: many calls lead to one comparison with what was published, and only a
  /// difference is sent.
  void changed();
  /// A session was opened or lost: the next one is told everything.
  void session_changed();

  /// Runs until cancelled.
  Async<> run();

 private:
  std::vector<protocol::PublishHealthRequest> wanted() const;
  Async<> publish(bool with_metrics);
  Async<> send_health();
  Async<> wait_for_cause(std::chrono::steady_clock::time_point until);

  Needs needs_;
  Clock& clock_;
  Random random_;
  asio::steady_timer cause_;
  bool is_changed_ = false;
  /// What the session was told last, without ids and times of messages.
  std::optional<std::vector<protocol::PublishHealthRequest>> published_;
  std::chrono::steady_clock::time_point quiet_until_{};  ///< by the last health message sent
};

}  // namespace berth::outbox
