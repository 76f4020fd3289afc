// payload.cpp - task messages, to JSON and back.
#include "controlplane/protocol/payload.hpp"

#include "controlplane/protocol/fields.hpp"
#include "controlplane/protocol/parts_read.hpp"

namespace berth::protocol {

namespace {

Result<DockerVolume> read_docker_volume(const Json& value, std::string where) {
  Fields in(value, std::move(where));
  DockerVolume volume;
  volume.scope = in.text("scope");
  volume.autoprovision = in.boolean("autoprovision");
  volume.driver = in.text("driver");
  volume.driver_opts = in.texts_by_name("driverOpts");
  volume.labels = in.texts_by_name("labels");
  return read_or_complaint(in, std::move(volume));
}

Result<EfsVolume> read_efs_volume(const Json& value, std::string where) {
  Fields in(value, std::move(where));
  EfsVolume volume;
  volume.file_system_id = in.text("fileSystemId");
  volume.root_directory = in.text("rootDirectory");
  volume.transit_encryption = in.text("transitEncryption");
  volume.transit_encryption_port = in.integer("transitEncryptionPort");
  if (const Json* authorization = in.object("authorizationConfig")) {
    Fields config(*authorization, in.path("authorizationConfig"));
    volume.access_point_id = config.text("accessPointId");
    volume.iam = config.text("iam");
    if (auto bad = config.failed()) return *std::move(bad);
  }
  return read_or_complaint(in, std::move(volume));
}

Result<Volume> read_volume(const Json& value, std::string where) {
  Fields in(value, std::move(where));
  Volume volume;
  volume.name = in.text("name");
  volume.type = in.text("type");
  if (const Json* host = in.object("host")) {
    Fields config(*host, in.path("host"));
    volume.host_source_path = config.text("sourcePath");
    if (auto bad = config.failed()) return *std::move(bad);
  }
  volume.docker = in.part("dockerVolumeConfiguration", read_docker_volume);
  volume.efs = in.part("efsVolumeConfiguration", read_efs_volume);
  return read_or_complaint(in, std::move(volume));
}

Result<ProxyConfiguration> read_proxy(const Json& value, std::string where) {
  Fields in(value, std::move(where));
  ProxyConfiguration proxy{in.text("type"), in.text("containerName"),
                           in.texts_by_name("properties")};
  if (proxy.type != "APPMESH") {
    in.complain("type", Json(proxy.type).dump() + " must be \"APPMESH\"");
  }
  return read_or_complaint(in, std::move(proxy));
}

Result<Association> read_association(const Json& value, std::string where) {
  Fields in(value, std::move(where));
  Association association;
  association.name = in.text("name");
  association.type = in.text("type");
  association.containers = in.texts("containers");
  if (const Json* content = in.object("content")) {
    Fields held(*content, in.path("content"));
    association.content_value = held.text("value");
    association.content_encoding = held.text("encoding");
    if (auto bad = held.failed()) return *std::move(bad);
  }
  return read_or_complaint(in, std::move(association));
}

/// Whether the text ends in "/<id>". The id becomes part of paths and of names of kernel objects:
/// it starts and ends with a letter or digit, and nothing in it needs escaping.
bool names_a_task(const std::string& arn) {
  constexpr std::size_t kMaxIdBytes = 64;
  const std::size_t slash = arn.rfind('/');
  if (slash == std::string::npos) return false;
  const std::string_view id = std::string_view(arn).substr(slash + 1);
  bool after_letter = false;
  for (const char c : id) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    const bool joins = (c == '-' || c == '_') && after_letter;
    if (!letter && !joins) return false;
    after_letter = letter;
  }
  return after_letter && id.size() <= kMaxIdBytes;
}

void read_names(Fields& in, Task& task) {
  task.arn = in.required("arn");
  if (!task.arn.empty() && !names_a_task(task.arn)) {
    in.complain("arn", dump_json(task.arn) +
                           " must end with '/' and an id of at most 64 letters and digits, joined "
                           "by single '-' or '_'");
  }
  task.desired_status = in.required("desiredStatus");
  if (!task.desired_status.empty() && task.desired_status != "RUNNING" &&
      task.desired_status != "STOPPED") {
    in.complain("desiredStatus",
                Json(task.desired_status).dump() + " must be \"RUNNING\" or \"STOPPED\"");
  }
  task.task_cluster_arn = in.text("taskClusterArn");
  task.family = in.text("family");
  task.version = in.text("version");
  task.task_definition_account_id = in.text("taskDefinitionAccountId");
  task.group = in.text("group");
  task.service_name = in.text("serviceName");
  task.launch_type = in.text("launchType");
  task.network_mode = in.text("networkMode");
  task.pid_mode = in.text("pidMode");
  task.ipc_mode = in.text("ipcMode");
}

Json docker_volume_json(const DockerVolume& volume) {
  Json out{{"autoprovision", volume.autoprovision}};
  put(out, "scope", volume.scope);
  put(out, "driver", volume.driver);
  if (!volume.driver_opts.empty()) out["driverOpts"] = volume.driver_opts;
  if (!volume.labels.empty()) out["labels"] = volume.labels;
  return out;
}

Json efs_volume_json(const EfsVolume& volume) {
  Json out{{"fileSystemId", volume.file_system_id}};
  put(out, "rootDirectory", volume.root_directory);
  put(out, "transitEncryption", volume.transit_encryption);
  put_number(out, "transitEncryptionPort", volume.transit_encryption_port);
  Json authorization = Json::object();
  put(authorization, "accessPointId", volume.access_point_id);
  put(authorization, "iam", volume.iam);
  if (!authorization.empty()) out["authorizationConfig"] = authorization;
  return out;
}

Json volume_json(const Volume& volume) {
  Json out{{"name", volume.name}};
  put(out, "type", volume.type);
  if (volume.host_source_path) {
    out["host"] = Json::object();
    put(out["host"], "sourcePath", *volume.host_source_path);
  }
  if (volume.docker) out["dockerVolumeConfiguration"] = docker_volume_json(*volume.docker);
  if (volume.efs) out["efsVolumeConfiguration"] = efs_volume_json(*volume.efs);
  return out;
}

Json association_json(const Association& association) {
  Json out{{"name", association.name},
           {"type", association.type},
           {"containers", association.containers}};
  if (!association.content_value.empty() || !association.content_encoding.empty()) {
    out["content"] = {{"value", association.content_value},
                      {"encoding", association.content_encoding}};
  }
  return out;
}

/// The ARN of a task that may otherwise be unreadable.
std::string readable_arn(const Json& task) {
  Fields in(task, "");
  const std::string arn = in.text("arn");
  return names_a_task(arn) ? arn : "";
}

}  // namespace

template <>
Result<Task> decode(const Json& value) {
  Fields in(value, "");
  Task task;
  read_names(in, task);
  task.cpu = in.number("cpu");
  task.memory_mib = in.integer("memory");
  task.containers = in.list("containers", decode_container);
  task.volumes = in.list("volumes", read_volume);
  task.enis = in.list("elasticNetworkInterfaces", read_eni);
  task.associations = in.list("associations", read_association);
  task.attachments = in.list("attachments", read_attachment);
  task.proxy = in.part("proxyConfiguration", read_proxy);
  task.role_credentials = in.part("roleCredentials", read_credentials);
  task.execution_role_credentials = in.part("executionRoleCredentials", read_credentials);
  task.enable_fault_injection = in.boolean("enableFaultInjection");
  return read_or_complaint(in, std::move(task));
}

Json encode(const Task& task) {
  Json out{{"arn", task.arn},
           {"desiredStatus", task.desired_status},
           {"overrides", "{}"},
           {"containers", list_json(task.containers, encoded)},
           {"volumes", list_json(task.volumes, volume_json)}};
  put(out, "taskClusterArn", task.task_cluster_arn);
  put(out, "family", task.family);
  put(out, "version", task.version);
  put(out, "taskDefinitionAccountId", task.task_definition_account_id);
  put(out, "group", task.group);
  put(out, "serviceName", task.service_name);
  put(out, "launchType", task.launch_type);
  put(out, "networkMode", task.network_mode);
  put(out, "pidMode", task.pid_mode);
  put(out, "ipcMode", task.ipc_mode);
  if (task.cpu != 0) out["cpu"] = task.cpu;
  put_number(out, "memory", task.memory_mib);
  put_list(out, "elasticNetworkInterfaces", task.enis, encoded);
  put_list(out, "associations", task.associations, association_json);
  put_list(out, "attachments", task.attachments, encoded);
  if (task.proxy) {
    out["proxyConfiguration"] = {{"type", task.proxy->type},
                                 {"containerName", task.proxy->container_name},
                                 {"properties", task.proxy->properties}};
  }
  if (task.role_credentials) out["roleCredentials"] = encode(*task.role_credentials);
  if (task.execution_role_credentials) {
    out["executionRoleCredentials"] = encode(*task.execution_role_credentials);
  }
  if (task.enable_fault_injection) out["enableFaultInjection"] = true;
  return out;
}

Json encode(const PayloadMessage& payload) {
  Json out{{"messageId", payload.message_id},
           {"clusterArn", payload.cluster_arn},
           {"containerInstanceArn", payload.container_instance_arn},
           {"seqNum", payload.seq_num},
           {"generatedAt", payload.generated_at_ms},
           {"tasks", list_json(payload.tasks, encoded)}};
  put(out, "timeline", payload.timeline);
  return out;
}

Result<DecodedPayload> decode_payload(const Json& message) {
  Fields in(message, std::string(PayloadMessage::kType));
  DecodedPayload payload;
  payload.message.message_id = in.required("messageId");
  payload.message.cluster_arn = in.required("clusterArn");
  payload.message.container_instance_arn = in.required("containerInstanceArn");
  payload.message.seq_num = in.integer("seqNum");
  payload.message.timeline = in.maybe_integer("timeline");
  payload.message.generated_at_ms = in.integer("generatedAt");
  const std::vector<const Json*> tasks = in.array("tasks");
  if (auto bad = in.failed()) return *std::move(bad);

  for (std::size_t index = 0; index < tasks.size(); ++index) {
    if (!tasks[index]->is_object()) {
      Error why{Errc::Invalid, 0, "tasks[" + std::to_string(index) + "]: must be an object"};
      payload.undecoded.push_back({"", std::move(why)});
      continue;
    }
    auto task = decode<Task>(*tasks[index]);
    if (task) {
      payload.message.tasks.push_back(std::move(task).value());
    } else {
      payload.undecoded.push_back({readable_arn(*tasks[index]), std::move(task).error()});
    }
  }
  return payload;
}

}  // namespace berth::protocol
