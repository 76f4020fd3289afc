// containers.cpp - the merge of task and image.
#include "agent/plan/containers.hpp"

#include <algorithm>
#include <sstream>

#include "agent/model/ids.hpp"
#include "agent/plan/limits.hpp"
#include "agent/plan/network.hpp"
#include "agent/plan/slice.hpp"
#include "base/text.hpp"

namespace berth::plan {

namespace {

constexpr const char* kDefaultPath =
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Says which GPUs a container sees; the runtime that gives it their device files reads it.
/// source: NVIDIA container toolkit, environment variables.
constexpr const char* kVisibleGpus = "NVIDIA_VISIBLE_DEVICES";

/// Sets or replaces one variable in a list of "KEY=value".
void set_variable(std::vector<std::string>& env, const std::string& key, const std::string& value) {
  const std::string prefix = key + "=";
  const auto found = std::find_if(env.begin(), env.end(), [&prefix](const std::string& entry) {
    return entry.starts_with(prefix);
  });
  if (found != env.end()) {
    *found = prefix + value;
  } else {
    env.push_back(prefix + value);
  }
}

bool has_variable(const std::vector<std::string>& env, const std::string& key) {
  return std::any_of(env.begin(), env.end(),
                     [&key](const std::string& entry) { return entry.starts_with(key + "="); });
}

std::vector<std::string> environment_for(const model::Container& container,
                                         const runtime::ImageConfig& image,
                                         const std::string& hostname, const Settings& settings) {
  std::vector<std::string> env;
  for (const std::string& entry : image.env) {
    const std::size_t equals = entry.find('=');
    if (equals != std::string::npos) {
      set_variable(env, entry.substr(0, equals), entry.substr(equals + 1));
    }
  }
  for (const auto& [key, value] : container.environment) set_variable(env, key, value);
  if (!container.gpus.empty()) set_variable(env, kVisibleGpus, joined(container.gpus, ","));
  if (!has_variable(env, "AWS_REGION") && !has_variable(env, "AWS_DEFAULT_REGION")) {
    set_variable(env, "AWS_REGION", settings.region);
    set_variable(env, "AWS_DEFAULT_REGION", settings.region);
  }
  if (!has_variable(env, "PATH")) env.insert(env.begin(), kDefaultPath);
  if (!has_variable(env, "HOSTNAME")) set_variable(env, "HOSTNAME", hostname);
  if (container.terminal && !has_variable(env, "TERM")) set_variable(env, "TERM", "xterm");
  return env;
}

Result<std::vector<std::string>> command_for(const model::Container& container,
                                             const runtime::ImageConfig& image) {
  // Setting entryPoint drops the image's command; [""] clears the image's entrypoint.
  std::vector<std::string> args;
  const bool own_entry = container.entry_point && !container.entry_point->empty();
  if (own_entry) {
    if (*container.entry_point != std::vector<std::string>{""}) args = *container.entry_point;
  } else {
    args = image.entrypoint;
  }
  const bool own_command = container.command && !container.command->empty();
  const std::vector<std::string> none;
  const std::vector<std::string>& rest =
      own_command ? *container.command : (own_entry ? none : image.cmd);
  args.insert(args.end(), rest.begin(), rest.end());
  if (args.empty()) return Error{Errc::Invalid, 0, "no command specified"};
  return args;
}

std::string volume_source(const model::Record& record, const model::BindMount& mount) {
  if (!mount.source.empty()) return mount.source;
  return record.placement.files_dir + "/volumes/" + mount.volume;
}

/// "size=16m,exec" as single options: the runtime takes what it does not know, such as two joined
/// ones, for the file system's own data. Each of Docker's defaults holds unless it or its opposite
/// is given.
std::vector<std::string> tmpfs_options(const std::string& text) {
  std::vector<std::string> given;
  std::istringstream words(text);
  for (std::string word; std::getline(words, word, ',');) {
    if (!word.empty()) given.push_back(word);
  }
  std::vector<std::string> options;
  for (const std::string name : {"exec", "suid", "dev"}) {
    const bool is_given = std::any_of(given.begin(), given.end(), [&name](const std::string& word) {
      return word == name || word == "no" + name;
    });
    if (!is_given) options.push_back("no" + name);
  }
  options.insert(options.end(), given.begin(), given.end());
  return options;
}

std::vector<runtime::Mount> mounts_for(const model::Record& record, std::size_t at) {
  const model::Container& container = record.task.containers[at];
  const std::string files = files_dir_for(record, at);
  std::vector<runtime::Mount> mounts;
  for (const char* name : {"resolv.conf", "hosts", "hostname"}) {
    mounts.push_back({files + "/" + name, std::string("/etc/") + name, "bind", {"rbind", "rw"}});
  }
  for (const model::BindMount& mount : container.mounts) {
    mounts.push_back({volume_source(record, mount),
                      mount.target,
                      "bind",
                      {"rbind", mount.read_only ? "ro" : "rw", "rprivate"}});
  }
  for (const auto& [target, options] : container.tmpfs) {
    mounts.push_back({"tmpfs", target, "tmpfs", tmpfs_options(options)});
  }
  return mounts;
}

std::map<std::string, std::string> labels_for(const model::Task& task,
                                              const model::Container& container) {
  std::map<std::string, std::string> labels = container.labels;
  labels["com.amazonaws.ecs.task-arn"] = task.arn;
  labels["com.amazonaws.ecs.container-name"] = container.name;
  labels["com.amazonaws.ecs.task-definition-family"] = task.family;
  labels["com.amazonaws.ecs.task-definition-version"] = task.version;
  labels["com.amazonaws.ecs.cluster"] = task.cluster;
  return labels;
}

runtime::NetworkNamespace network_for(const model::Record& record, std::size_t container) {
  using Kind = runtime::NetworkNamespace::Kind;
  switch (record.task.network_mode) {
    case model::NetworkMode::Awsvpc: return {Kind::Path, record.placement.netns_path};
    case model::NetworkMode::Bridge: return {Kind::Path, model::netns_paths_of(record)[container]};
    case model::NetworkMode::Host: return {Kind::Host, ""};
    case model::NetworkMode::None: return {Kind::Private, ""};
  }
  return {};
}

/// Of a task with GPUs those containers that have some, or name some by themselves.
/// source: reference task model, HostConfig, "Runtime".
bool needs_gpu_runtime(const model::Task& task, const model::Container& container) {
  const bool has_gpus = std::any_of(task.containers.begin(), task.containers.end(),
                                    [](const model::Container& one) { return !one.gpus.empty(); });
  const bool names_some =
      std::any_of(container.environment.begin(), container.environment.end(),
                  [](const auto& variable) { return variable.first == kVisibleGpus; });
  return has_gpus && (names_some || !container.gpus.empty());
}

void set_privileges(const model::Container& container, runtime::ContainerSpec& spec) {
  spec.privileged = container.privileged;
  spec.readonly_rootfs = container.read_only_root;
  spec.no_new_privileges = container.no_new_privileges;
  spec.terminal = container.terminal;
  spec.capabilities_add = container.capabilities_add;
  spec.capabilities_drop = container.capabilities_drop;
  spec.sysctls = container.sysctls;
}

void set_cgroup(const model::Record& record, std::size_t container, runtime::ContainerSpec& spec) {
  if (!slice_of(record.placement.cgroup_path)) {
    spec.cgroup_path = cgroup_path_of_container(record, container);
    return;
  }
  Scope scope = scope_for(record.placement.cgroup_path, container);
  spec.systemd_cgroup = true;
  spec.cgroup_path = std::move(scope.of_runtime);
  spec.annotations = std::move(scope.annotations);
}

}  // namespace

logs::LogSpec log_spec_for(const model::Record& record, std::size_t container) {
  logs::LogSpec spec;
  spec.directory = record.placement.logs_dir + "/" + record.task.containers[container].name;
  return spec;
}

std::vector<std::string> directories_for(const model::Record& record, std::size_t container) {
  std::vector<std::string> directories;
  for (const model::BindMount& mount : record.task.containers[container].mounts) {
    directories.push_back(volume_source(record, mount));
  }
  return directories;
}

Result<runtime::ContainerSpec> container_spec(const model::Record& record, std::size_t container,
                                              const runtime::Image& image,
                                              const Settings& settings) {
  const model::Container& wanted = record.task.containers[container];
  const std::string task_id = model::task_id_of(record.task.arn);
  runtime::ContainerSpec spec;
  spec.id = model::container_id_of(task_id, container);
  spec.group = task_id;
  spec.image_name = image.name;
  spec.snapshot_parent = image.chain_id;
  spec.labels = labels_for(record.task, wanted);
  spec.hostname = hostname_for(record.task, container, settings);
  BERTH_TRY(spec.args, command_for(wanted, image.config));
  spec.env = environment_for(wanted, image.config, spec.hostname, settings);
  spec.user = wanted.user.empty() ? image.config.user : wanted.user;
  spec.cwd = wanted.working_directory.empty() ? image.config.working_dir : wanted.working_directory;
  if (spec.cwd.empty()) spec.cwd = "/";
  set_privileges(wanted, spec);
  spec.rlimits = rlimits_for(wanted);
  spec.mounts = mounts_for(record, container);
  if (wanted.shm_size) spec.shm_size = *wanted.shm_size;
  spec.network = network_for(record, container);
  spec.host_pids = record.task.host_pids;
  set_cgroup(record, container, spec);
  spec.resources = resources_for(wanted, settings);
  spec.oci_runtime =
      needs_gpu_runtime(record.task, wanted) ? settings.gpu_runtime : settings.oci_runtime;
  BERTH_TRY(spec.log_uri, logs::logger_uri(log_spec_for(record, container), settings.logger));
  return spec;
}

Result<runtime::ProcessSpec> process_spec(const model::Record& record, std::size_t container,
                                          const Settings& settings) {
  const std::string task_id = model::task_id_of(record.task.arn);
  runtime::ProcessSpec spec;
  spec.id = model::container_id_of(task_id, container);
  spec.group = task_id;
  spec.terminal = record.task.containers[container].terminal;
  BERTH_TRY(spec.log_uri, logs::logger_uri(log_spec_for(record, container), settings.logger));
  return spec;
}

std::string cgroup_path_of_container(const model::Record& record, std::size_t container) {
  if (slice_of(record.placement.cgroup_path)) {
    return scope_for(record.placement.cgroup_path, container).cgroup_path;
  }
  return record.placement.cgroup_path + "/" +
         model::container_id_of(model::task_id_of(record.task.arn), container);
}

}  // namespace berth::plan
