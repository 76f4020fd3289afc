// codec.cpp - one line for each field of the model.
#include "agent/records/codec.hpp"

#include "base/json.hpp"

namespace nlohmann {

template <class T>
struct adl_serializer<std::optional<T>> {
  static void to_json(json& out, const std::optional<T>& value) {
    if (value) {
      out = *value;
    } else {
      out = nullptr;
    }
  }
  static void from_json(const json& in, std::optional<T>& value) {
    if (in.is_null()) {
      value.reset();
    } else {
      value = in.get<T>();
    }
  }
};

template <class Rep, class Period>
struct adl_serializer<std::chrono::duration<Rep, Period>> {
  static void to_json(json& out, const std::chrono::duration<Rep, Period>& value) {
    out = std::chrono::duration_cast<std::chrono::milliseconds>(value).count();
  }
  static void from_json(const json& in, std::chrono::duration<Rep, Period>& value) {
    value = std::chrono::duration_cast<std::chrono::duration<Rep, Period>>(
        std::chrono::milliseconds(in.get<std::int64_t>()));
  }
};

template <>
struct adl_serializer<berth::WallTime> {
  static void to_json(json& out, const berth::WallTime& value) {
    out = value.time_since_epoch().count();
  }
  static void from_json(const json& in, berth::WallTime& value) {
    value = berth::WallTime{std::chrono::milliseconds(in.get<std::int64_t>())};
  }
};

}  // namespace nlohmann

namespace berth {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Bytes, count)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Mebibytes, count)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CpuUnits, count)

namespace model {

NLOHMANN_JSON_SERIALIZE_ENUM(Goal, {{Goal::Running, "RUNNING"}, {Goal::Stopped, "STOPPED"}})
NLOHMANN_JSON_SERIALIZE_ENUM(ContainerStatus, {{ContainerStatus::None, "NONE"},
                                               {ContainerStatus::Pulled, "PULLED"},
                                               {ContainerStatus::Created, "CREATED"},
                                               {ContainerStatus::Running, "RUNNING"},
                                               {ContainerStatus::Stopped, "STOPPED"}})
NLOHMANN_JSON_SERIALIZE_ENUM(TaskStatus, {{TaskStatus::None, "NONE"},
                                          {TaskStatus::Pulled, "PULLED"},
                                          {TaskStatus::Created, "CREATED"},
                                          {TaskStatus::Running, "RUNNING"},
                                          {TaskStatus::Stopped, "STOPPED"}})
NLOHMANN_JSON_SERIALIZE_ENUM(Health, {{Health::Unknown, "UNKNOWN"},
                                      {Health::Healthy, "HEALTHY"},
                                      {Health::Unhealthy, "UNHEALTHY"}})
NLOHMANN_JSON_SERIALIZE_ENUM(FaultKind, {{FaultKind::Refused, "Refused"},
                                         {FaultKind::CannotResolve, "CannotResolve"},
                                         {FaultKind::CannotPull, "CannotPull"},
                                         {FaultKind::CannotCreate, "CannotCreate"},
                                         {FaultKind::CannotStart, "CannotStart"},
                                         {FaultKind::CannotStop, "CannotStop"},
                                         {FaultKind::Vanished, "Vanished"},
                                         {FaultKind::Rebooted, "Rebooted"},
                                         {FaultKind::StoppedEarly, "StoppedEarly"},
                                         {FaultKind::OutOfMemory, "OutOfMemory"},
                                         {FaultKind::DependencyFailed, "DependencyFailed"},
                                         {FaultKind::TimedOut, "TimedOut"},
                                         {FaultKind::Network, "Network"},
                                         {FaultKind::Cgroup, "Cgroup"},
                                         {FaultKind::Drained, "Drained"}})
NLOHMANN_JSON_SERIALIZE_ENUM(Condition, {{Condition::Start, "START"},
                                         {Condition::Complete, "COMPLETE"},
                                         {Condition::Success, "SUCCESS"},
                                         {Condition::Healthy, "HEALTHY"}})
NLOHMANN_JSON_SERIALIZE_ENUM(Origin,
                             {{Origin::ControlPlane, "CONTROL_PLANE"}, {Origin::Local, "LOCAL"}})
NLOHMANN_JSON_SERIALIZE_ENUM(NetworkMode, {{NetworkMode::None, "none"},
                                           {NetworkMode::Awsvpc, "awsvpc"},
                                           {NetworkMode::Bridge, "bridge"},
                                           {NetworkMode::Host, "host"}})

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Fault, kind, message)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Exit, code, at)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(OutOfMemory, kills, limit, peak)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Dependency, container, condition)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(HealthCheck, command, interval, timeout,
                                                start_period, retries)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(BindMount, source, volume, target, read_only)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Ulimit, name, soft, hard)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(RestartPolicy, ignored_exit_codes, attempt_period)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(HostPort, port, protocol)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(PortMapping, container_port, last_container_port,
                                                host_port, protocol)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(PortBinding, container_port, last_container_port,
                                                host_port, last_host_port, protocol)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(NodeAddress, ipv4, ipv4_gateway, ipv6)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(SecurityGroupRule, protocol, from_port, to_port,
                                                cidrs, group_ids)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(SecurityGroup, id, version, ingress, egress,
                                                members)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(
    Container, name, arn, image, essential, entry_point, command, environment, user,
    working_directory, hostname, stop_signal, labels, cpu, memory, memory_reservation,
    memory_swap_total, pids_limit, memory_high, io_weight, depends_on, health_check, start_timeout,
    stop_timeout, restart_policy, host_ports, port_mappings, links, gpus, privileged,
    read_only_root, no_new_privileges, terminal, capabilities_add, capabilities_drop, ulimits,
    sysctls, tmpfs, shm_size, mounts, extra_hosts, dns_servers, search_domains)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(NodeRoute, destination, via)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(ClusterNetwork, instance_arn, version, groups,
                                                routes)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Eni, id, attachment_arn, mac, ipv4, prefix_length,
                                                gateway, ipv6, ipv6_prefix_length, ipv6_gateway,
                                                trunk_mac, vlan_id, dns_servers, search_domains,
                                                private_dns_name, security_groups, groups, network)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Bandwidth, ingress, egress)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Proxy, ignored_uid, ignored_gid, ingress_port,
                                                app_ports, egress_port, egress_ignored_ports,
                                                egress_ignored_blocks)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Task, arn, cluster, family, version, group,
                                                launch_type, network_mode, host_pids, cpu, memory,
                                                eni, bandwidth, proxy, containers, origin, file,
                                                failures)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(EniAccess, driver, parent, vlan_id, network)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Placement, cgroup_path, netns_path, files_dir,
                                                logs_dir, addresses, eni_access, gateway_path)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(ContainerRecord, known, told, ended, exit, fault,
                                                image_digest, image_stop_signal, created_at,
                                                started_at, stop_signalled_at, restarting, restarts,
                                                restarted_at, out_of_memory, left_behind, bindings,
                                                health, health_since)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Record, task, placement, goal, known, told, fault,
                                                containers, boot_id, boot_began, admitted,
                                                cgroup_ready, memory_kills, network_ready,
                                                address_claimed, given_addresses, released,
                                                final_accepted, accepted_at, pull_started_at,
                                                pull_stopped_at, execution_stopped_at, stopped_at)

}  // namespace model

namespace records {

namespace {
constexpr int kFormat = 1;
}

std::string encode(const model::Record& record) {
  Json json = record;
  json["format"] = kFormat;
  return dump_json(json);
}

Result<model::Record> decode(std::string_view text) {
  BERTH_TRY(const Json json, parse_json(text, 16 << 20));
  try {
    if (const int format = json.value("format", 0); format != kFormat) {
      return Error{Errc::Broken, 0,
                   "record of format " + std::to_string(format) + "; this program reads format " +
                       std::to_string(kFormat)};
    }
    model::Record record = json.get<model::Record>();
    if (record.containers.size() != record.task.containers.size()) {
      return Error{Errc::Broken, 0,
                   "record " + record.task.arn + " has containers without a record"};
    }
    return record;
  } catch (const Json::exception& bad) {
    return Error{Errc::Broken, 0, std::string("not a record: ") + bad.what()};
  }
}

std::string encode(const model::ClusterNetwork& network) {
  return dump_json(Json(network));
}

Result<model::ClusterNetwork> decode_network(std::string_view text) {
  BERTH_TRY(const Json json, parse_json(text, 16 << 20));
  try {
    return json.get<model::ClusterNetwork>();
  } catch (const Json::exception& bad) {
    return Error{Errc::Broken, 0, std::string("not a network: ") + bad.what()};
  }
}

}  // namespace records
}  // namespace berth
