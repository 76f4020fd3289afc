// telemetry.hpp - metrics, health and instance status, and the signed frames they travel in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "controlplane/protocol/codec.hpp"

namespace berth::protocol {

/// source: ECS telemetry, CWStatsSet.
struct StatsSet {
  double min = 0;
  double max = 0;
  double sum = 0;
  std::int64_t sample_count = 0;
  bool operator==(const StatsSet&) const = default;
};

/// A set of whole numbers; the overflow members are written as 0.
/// source: ECS telemetry, ULongStatsSet.
struct CounterStatsSet {
  std::int64_t min = 0;
  std::int64_t max = 0;
  std::int64_t sum = 0;
  std::int64_t sample_count = 0;
  bool operator==(const CounterStatsSet&) const = default;
};

struct NetworkStatsSet {
  CounterStatsSet rx_bytes, rx_dropped, rx_errors, rx_packets;
  CounterStatsSet tx_bytes, tx_dropped, tx_errors, tx_packets;
  StatsSet rx_bytes_per_second, tx_bytes_per_second;
  bool operator==(const NetworkStatsSet&) const = default;
};

struct StorageStatsSet {
  CounterStatsSet read_size_bytes, write_size_bytes;
  bool operator==(const StorageStatsSet&) const = default;
};

struct ContainerMetric {
  std::string container_name;
  StatsSet cpu;                            ///< percent; 100 is the whole host
  StatsSet memory;                         ///< MiB
  std::optional<NetworkStatsSet> network;  ///< absent for host and none
  std::optional<StorageStatsSet> storage;
  std::optional<std::int64_t> restart_count;  ///< since the last publish; with a restart policy
  bool operator==(const ContainerMetric&) const = default;
};

struct TaskMetric {
  std::string task_arn;
  std::string family;   ///< "taskDefinitionFamily"
  std::string version;  ///< "taskDefinitionVersion"
  std::vector<ContainerMetric> containers;
  bool operator==(const TaskMetric&) const = default;
};

/// At most 10 tasks. source: ECS telemetry, PublishMetricsRequest.
struct PublishMetricsRequest {
  static constexpr std::string_view kType = "PublishMetricsRequest";
  std::string cluster;
  std::string container_instance;
  std::string message_id;         ///< the same over all parts of one publication
  bool idle = false;              ///< nothing runs: no tasks, one part
  bool fin = true;                ///< the last part
  std::vector<TaskMetric> tasks;  ///< "taskMetrics"; left out when empty
  WallTime timestamp{};
  bool operator==(const PublishMetricsRequest&) const = default;
};

struct ContainerHealth {
  std::string container_name;
  std::string health_status;  ///< HEALTHY, UNHEALTHY, UNKNOWN
  std::optional<WallTime> status_since;
  std::string status_message;  ///< left out when empty
  bool operator==(const ContainerHealth&) const = default;
};

struct TaskHealth {
  std::string task_arn;
  std::string family;
  std::string version;
  std::vector<ContainerHealth> containers;
  bool operator==(const TaskHealth&) const = default;
};

/// At most 10 tasks. source: ECS telemetry, PublishHealthRequest.
struct PublishHealthRequest {
  static constexpr std::string_view kType = "PublishHealthRequest";
  std::string cluster;
  std::string container_instance;
  std::string message_id;
  bool fin = true;
  std::vector<TaskHealth> tasks;
  WallTime timestamp{};
  bool operator==(const PublishHealthRequest&) const = default;
};

struct InstanceStatus {
  std::string type;    ///< ContainerRuntime, EBSDaemon, ...
  std::string status;  ///< OK, IMPAIRED, INSUFFICIENT_DATA, INITIALIZING
  WallTime last_updated{};
  WallTime last_status_change{};
  bool operator==(const InstanceStatus&) const = default;
};

/// source: ECS telemetry, PublishInstanceStatusRequest.
struct PublishInstanceStatusRequest {
  static constexpr std::string_view kType = "PublishInstanceStatusRequest";
  std::string cluster;
  std::string container_instance;
  std::string request_id;
  std::vector<InstanceStatus> statuses;
  WallTime timestamp{};
  bool operator==(const PublishInstanceStatusRequest&) const = default;
};

/// The three answers; {"message": "ok"} each.
struct AckPublishMetric {
  static constexpr std::string_view kType = "AckPublishMetric";
  std::string message = "ok";
  bool operator==(const AckPublishMetric&) const = default;
};
struct AckPublishHealth {
  static constexpr std::string_view kType = "AckPublishHealth";
  std::string message = "ok";
  bool operator==(const AckPublishHealth&) const = default;
};
struct AckPublishInstanceStatus {
  static constexpr std::string_view kType = "AckPublishInstanceStatus";
  std::string message = "ok";
  bool operator==(const AckPublishInstanceStatus&) const = default;
};

Json encode(const PublishMetricsRequest& request);
Json encode(const PublishHealthRequest& request);
Json encode(const PublishInstanceStatusRequest& request);
Json encode(const AckPublishMetric& ack);
Json encode(const AckPublishHealth& ack);
Json encode(const AckPublishInstanceStatus& ack);
template <>
Result<PublishMetricsRequest> decode(const Json& value);
template <>
Result<PublishHealthRequest> decode(const Json& value);
template <>
Result<PublishInstanceStatusRequest> decode(const Json& value);
template <>
Result<AckPublishMetric> decode(const Json& value);
template <>
Result<AckPublishHealth> decode(const Json& value);
template <>
Result<AckPublishInstanceStatus> decode(const Json& value);

/// A text frame of the agent's telemetry session: its own signature, then the message.
struct SignedFrame {
  std::vector<std::pair<std::string, std::string>>
      headers;       ///< Authorization, Host, X-Amz-Date, ...
  std::string body;  ///< the envelope's JSON, exactly as signed
  bool operator==(const SignedFrame&) const = default;
};

/// "Name: value\r\n" for each header, "\r\n", then the body.
std::string join_frame(const SignedFrame& frame);
/// A frame without headers, as the service sends them, has only a body.
/// fails: Invalid (a header line without ':', no empty line).
Result<SignedFrame> split_frame(std::string_view text);

}  // namespace berth::protocol
