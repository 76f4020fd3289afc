// telemetry.cpp - telemetry messages, to JSON and back; the frames they are signed in.
#include "controlplane/protocol/telemetry.hpp"

#include "controlplane/protocol/fields.hpp"

namespace berth::protocol {

namespace {

Json stats_json(const StatsSet& stats) {
  return Json{{"min", stats.min},
              {"max", stats.max},
              {"sum", stats.sum},
              {"sampleCount", stats.sample_count}};
}

Result<StatsSet> read_stats(const Json& value, std::string where) {
  Fields in(value, std::move(where));
  StatsSet stats{in.number("min"), in.number("max"), in.number("sum"), in.integer("sampleCount")};
  return read_or_complaint(in, stats);
}

Json counters_json(const CounterStatsSet& stats) {
  return Json{{"min", stats.min}, {"max", stats.max},
              {"sum", stats.sum}, {"sampleCount", stats.sample_count},
              {"overflowMin", 0}, {"overflowMax", 0},
              {"overflowSum", 0}};
}

Result<CounterStatsSet> read_counters(const Json& value, std::string where) {
  Fields in(value, std::move(where));
  CounterStatsSet stats{in.integer("min"), in.integer("max"), in.integer("sum"),
                        in.integer("sampleCount")};
  return read_or_complaint(in, stats);
}

struct NamedCounters {
  const char* name;
  CounterStatsSet NetworkStatsSet::* member;
};
constexpr NamedCounters kNetworkCounters[] = {
    {"rxBytes", &NetworkStatsSet::rx_bytes},   {"rxDropped", &NetworkStatsSet::rx_dropped},
    {"rxErrors", &NetworkStatsSet::rx_errors}, {"rxPackets", &NetworkStatsSet::rx_packets},
    {"txBytes", &NetworkStatsSet::tx_bytes},   {"txDropped", &NetworkStatsSet::tx_dropped},
    {"txErrors", &NetworkStatsSet::tx_errors}, {"txPackets", &NetworkStatsSet::tx_packets},
};

Json network_json(const NetworkStatsSet& network) {
  Json out{{"rxBytesPerSecond", stats_json(network.rx_bytes_per_second)},
           {"txBytesPerSecond", stats_json(network.tx_bytes_per_second)}};
  for (const auto& counters : kNetworkCounters) {
    out[counters.name] = counters_json(network.*counters.member);
  }
  return out;
}

Result<NetworkStatsSet> read_network(const Json& value, std::string where) {
  Fields in(value, std::move(where));
  NetworkStatsSet network;
  for (const auto& counters : kNetworkCounters) {
    network.*counters.member = in.part(counters.name, read_counters).value_or(CounterStatsSet{});
  }
  network.rx_bytes_per_second = in.part("rxBytesPerSecond", read_stats).value_or(StatsSet{});
  network.tx_bytes_per_second = in.part("txBytesPerSecond", read_stats).value_or(StatsSet{});
  return read_or_complaint(in, network);
}

Result<StorageStatsSet> read_storage(const Json& value, std::string where) {
  Fields in(value, std::move(where));
  StorageStatsSet storage{in.part("readSizeBytes", read_counters).value_or(CounterStatsSet{}),
                          in.part("writeSizeBytes", read_counters).value_or(CounterStatsSet{})};
  return read_or_complaint(in, storage);
}

Result<std::int64_t> read_restarts(const Json& value, std::string where) {
  Fields in(value, std::move(where));
  const std::int64_t count = in.integer("restartCount");
  return read_or_complaint(in, count);
}

Json container_metric_json(const ContainerMetric& metric) {
  Json out{{"containerName", metric.container_name},
           {"cpuStatsSet", stats_json(metric.cpu)},
           {"memoryStatsSet", stats_json(metric.memory)}};
  if (metric.network) out["networkStatsSet"] = network_json(*metric.network);
  if (metric.storage) {
    out["storageStatsSet"] = {{"readSizeBytes", counters_json(metric.storage->read_size_bytes)},
                              {"writeSizeBytes", counters_json(metric.storage->write_size_bytes)}};
  }
  if (metric.restart_count) out["restartStatsSet"] = {{"restartCount", *metric.restart_count}};
  return out;
}

Result<ContainerMetric> read_container_metric(const Json& value, std::string where) {
  Fields in(value, std::move(where));
  ContainerMetric metric;
  metric.container_name = in.text("containerName");
  metric.cpu = in.part("cpuStatsSet", read_stats).value_or(StatsSet{});
  metric.memory = in.part("memoryStatsSet", read_stats).value_or(StatsSet{});
  metric.network = in.part("networkStatsSet", read_network);
  metric.storage = in.part("storageStatsSet", read_storage);
  metric.restart_count = in.part("restartStatsSet", read_restarts);
  return read_or_complaint(in, std::move(metric));
}

/// What metrics and health say of a task before its containers.
template <class OfTask>
Json task_json(const OfTask& task) {
  Json out{{"taskArn", task.task_arn}};
  put(out, "taskDefinitionFamily", task.family);
  put(out, "taskDefinitionVersion", task.version);
  return out;
}

template <class OfTask>
OfTask read_task(Fields& in) {
  OfTask task;
  task.task_arn = in.required("taskArn");
  task.family = in.text("taskDefinitionFamily");
  task.version = in.text("taskDefinitionVersion");
  return task;
}

Json task_metric_json(const TaskMetric& task) {
  Json out = task_json(task);
  put_list(out, "containerMetrics", task.containers, container_metric_json);
  return out;
}

Result<TaskMetric> read_task_metric(const Json& value, std::string where) {
  Fields in(value, std::move(where));
  auto task = read_task<TaskMetric>(in);
  task.containers = in.list("containerMetrics", read_container_metric);
  return read_or_complaint(in, std::move(task));
}

Json container_health_json(const ContainerHealth& health) {
  Json out{{"containerName", health.container_name}, {"healthStatus", health.health_status}};
  put_time(out, "statusSince", health.status_since);
  put(out, "statusMessage", health.status_message);
  return out;
}

Result<ContainerHealth> read_container_health(const Json& value, std::string where) {
  Fields in(value, std::move(where));
  ContainerHealth health;
  health.container_name = in.required("containerName");
  health.health_status = in.required("healthStatus");
  health.status_since = in.time("statusSince");
  health.status_message = in.text("statusMessage");
  return read_or_complaint(in, std::move(health));
}

Json task_health_json(const TaskHealth& task) {
  Json out = task_json(task);
  put_list(out, "containers", task.containers, container_health_json);
  return out;
}

Result<TaskHealth> read_task_health(const Json& value, std::string where) {
  Fields in(value, std::move(where));
  auto task = read_task<TaskHealth>(in);
  task.containers = in.list("containers", read_container_health);
  return read_or_complaint(in, std::move(task));
}

Json instance_status_json(const InstanceStatus& status) {
  return Json{{"type", status.type},
              {"status", status.status},
              {"lastUpdated", time_json(status.last_updated)},
              {"lastStatusChange", time_json(status.last_status_change)}};
}

Result<InstanceStatus> read_instance_status(const Json& value, std::string where) {
  Fields in(value, std::move(where));
  InstanceStatus status;
  status.type = in.required("type");
  status.status = in.required("status");
  status.last_updated = in.time("lastUpdated").value_or(WallTime{});
  status.last_status_change = in.time("lastStatusChange").value_or(WallTime{});
  return read_or_complaint(in, std::move(status));
}

template <class Ack>
Result<Ack> read_ack(const Json& value) {
  Fields in(value, std::string(Ack::kType));
  Ack ack{in.text("message")};
  return read_or_complaint(in, std::move(ack));
}

}  // namespace

Json encode(const PublishMetricsRequest& request) {
  Json out{{"metadata",
            {{"cluster", request.cluster},
             {"containerInstance", request.container_instance},
             {"messageId", request.message_id},
             {"idle", request.idle},
             {"fin", request.fin}}},
           {"timestamp", time_json(request.timestamp)}};
  put_list(out, "taskMetrics", request.tasks, task_metric_json);
  return out;
}

template <>
Result<PublishMetricsRequest> decode(const Json& value) {
  Fields in(value, std::string(PublishMetricsRequest::kType));
  PublishMetricsRequest request;
  if (const Json* metadata = in.object("metadata")) {
    Fields about(*metadata, in.path("metadata"));
    request.cluster = about.text("cluster");
    request.container_instance = about.text("containerInstance");
    request.message_id = about.text("messageId");
    request.idle = about.boolean("idle");
    request.fin = about.boolean("fin");
    if (auto bad = about.failed()) return *std::move(bad);
  }
  request.tasks = in.list("taskMetrics", read_task_metric);
  request.timestamp = in.time("timestamp").value_or(WallTime{});
  return read_or_complaint(in, std::move(request));
}

Json encode(const PublishHealthRequest& request) {
  return Json{{"metadata",
               {{"cluster", request.cluster},
                {"containerInstance", request.container_instance},
                {"messageId", request.message_id},
                {"fin", request.fin}}},
              {"tasks", list_json(request.tasks, task_health_json)},
              {"timestamp", time_json(request.timestamp)}};
}

template <>
Result<PublishHealthRequest> decode(const Json& value) {
  Fields in(value, std::string(PublishHealthRequest::kType));
  PublishHealthRequest request;
  if (const Json* metadata = in.object("metadata")) {
    Fields about(*metadata, in.path("metadata"));
    request.cluster = about.text("cluster");
    request.container_instance = about.text("containerInstance");
    request.message_id = about.text("messageId");
    request.fin = about.boolean("fin");
    if (auto bad = about.failed()) return *std::move(bad);
  }
  request.tasks = in.list("tasks", read_task_health);
  request.timestamp = in.time("timestamp").value_or(WallTime{});
  return read_or_complaint(in, std::move(request));
}

Json encode(const PublishInstanceStatusRequest& request) {
  return Json{{"metadata",
               {{"cluster", request.cluster},
                {"containerInstance", request.container_instance},
                {"requestId", request.request_id}}},
              {"statuses", list_json(request.statuses, instance_status_json)},
              {"timestamp", time_json(request.timestamp)}};
}

template <>
Result<PublishInstanceStatusRequest> decode(const Json& value) {
  Fields in(value, std::string(PublishInstanceStatusRequest::kType));
  PublishInstanceStatusRequest request;
  if (const Json* metadata = in.object("metadata")) {
    Fields about(*metadata, in.path("metadata"));
    request.cluster = about.text("cluster");
    request.container_instance = about.text("containerInstance");
    request.request_id = about.text("requestId");
    if (auto bad = about.failed()) return *std::move(bad);
  }
  request.statuses = in.list("statuses", read_instance_status);
  request.timestamp = in.time("timestamp").value_or(WallTime{});
  return read_or_complaint(in, std::move(request));
}

Json encode(const AckPublishMetric& ack) {
  return Json{{"message", ack.message}};
}
Json encode(const AckPublishHealth& ack) {
  return Json{{"message", ack.message}};
}
Json encode(const AckPublishInstanceStatus& ack) {
  return Json{{"message", ack.message}};
}

template <>
Result<AckPublishMetric> decode(const Json& value) {
  return read_ack<AckPublishMetric>(value);
}
template <>
Result<AckPublishHealth> decode(const Json& value) {
  return read_ack<AckPublishHealth>(value);
}
template <>
Result<AckPublishInstanceStatus> decode(const Json& value) {
  return read_ack<AckPublishInstanceStatus>(value);
}

std::string join_frame(const SignedFrame& frame) {
  std::string text;
  for (const auto& [name, value] : frame.headers) text += name + ": " + value + "\r\n";
  return text + "\r\n" + frame.body;
}

Result<SignedFrame> split_frame(std::string_view text) {
  SignedFrame frame;
  if (text.starts_with('{')) {
    frame.body = text;
    return frame;
  }
  while (true) {
    const std::size_t end = text.find("\r\n");
    if (end == std::string_view::npos) {
      return Error{Errc::Invalid, 0, "signed frame: no empty line after its headers"};
    }
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 2);
    if (line.empty()) break;
    const std::size_t colon = line.find(": ");
    if (colon == std::string_view::npos) {
      return Error{Errc::Invalid, 0, "signed frame: header line without \": \""};
    }
    frame.headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
  }
  frame.body = text;
  return frame;
}

}  // namespace berth::protocol
