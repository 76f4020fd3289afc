// docker_overlay.cpp - Docker's Config and HostConfig over a container of ours.
#include "agent/inbox/docker_overlay.hpp"

#include <algorithm>
#include <map>

#include "agent/inbox/health_check.hpp"
#include "agent/inbox/names.hpp"
#include "agent/inbox/typed_members.hpp"
#include "base/json.hpp"

namespace berth::inbox {

namespace {

/// One of the two documents while it is read.
struct Document {
  JsonReader in;
  std::string where;  ///< "containerDefinitions[0]"
  Findings& findings;
};

bool says_nothing(const Json& value) {
  switch (value.type()) {
    case Json::value_t::null: return true;
    case Json::value_t::boolean: return !value.get<bool>();
    case Json::value_t::string: return value.get_ref<const std::string&>().empty();
    case Json::value_t::array:
    case Json::value_t::object: return value.empty();
    default: return value == 0;
  }
}

/// What Docker does with these changes nothing here: the streams always go to the log, ports are
/// published by nobody, cgroup and namespaces are the task's.
constexpr const char* kOfNoEffect[] = {
    "AttachStdin",  "AttachStdout",    "AttachStderr", "StdinOnce", "ExposedPorts",
    "CgroupParent", "PortBindings",    "PidMode",      "IpcMode",   "UTSMode",
    "ConsoleSize",  "ContainerIDFile", "Isolation",    "Runtime",   "PublishAllPorts",
    "Image",        "UsernsMode"};

/// Docker's name and the task definition's for what a container would run wrong without.
const std::map<std::string, std::string> kNeeded{
    {"Devices", ".linuxParameters.devices"},       {"DeviceRequests", ".resourceRequirements"},
    {"NetworkDisabled", ".disableNetworking"},     {"Binds", ".dockerConfig.hostConfig.Binds"},
    {"Mounts", ".dockerConfig.hostConfig.Mounts"}, {"VolumesFrom", ".volumesFrom"}};

/// And for what it only loses by. Anything else goes by Docker's name.
const std::map<std::string, std::string> kKnown{
    {"Init", ".linuxParameters.initProcessEnabled"},
    {"OpenStdin", ".interactive"},
    {"Links", ".links"},
    {"MemorySwappiness", ".linuxParameters.swappiness"}};

/// Names everything that was not read and says something.
void sort_out_unread(Document& document, const Json& value, const char* name) {
  for (const char* member : kOfNoEffect) document.in.any(member);
  for (const std::string& member : document.in.unread()) {
    if (says_nothing(value[member])) continue;
    if (const auto needed = kNeeded.find(member); needed != kNeeded.end()) {
      document.findings.refuse(document.where + needed->second, kUnsupported);
      continue;
    }
    if (member == "MemorySwappiness" && value[member] == -1) continue;  // Docker's "as the host"
    const auto known = kKnown.find(member);
    document.findings.pass_over(document.where +
                                (known != kKnown.end()
                                     ? known->second
                                     : ".dockerConfig." + std::string(name) + "." + member));
  }
}

template <class T>
void replace(T& old, std::optional<T> given) {
  if (given) old = *std::move(given);
}

/// "KEY=value" lines in place of every variable from elsewhere.
void replace_environment(Document& document, model::Container& container) {
  if (const Json* given = document.in.any("Env"); given != nullptr && !given->is_array()) {
    // The reader's own complaint would show it, and variables may hold secrets.
    document.in.complain("Env", "must be a list of strings");
    return;
  }
  const auto lines = document.in.maybe_texts("Env");
  if (!lines) return;
  container.environment.clear();
  for (const std::string& line : *lines) {
    const std::size_t equals = line.find('=');
    if (equals == std::string::npos) continue;  // Docker's "not set"
    container.environment.emplace_back(line.substr(0, equals), line.substr(equals + 1));
  }
}

void read_config(Document& document, model::Container& container) {
  JsonReader& in = document.in;
  if (auto cmd = in.maybe_texts("Cmd")) container.command = std::move(cmd);
  if (auto entry = in.maybe_texts("Entrypoint")) container.entry_point = std::move(entry);
  replace_environment(document, container);
  replace(container.working_directory, in.maybe_text("WorkingDir"));
  replace(container.user, in.maybe_text("User"));
  replace(container.hostname, in.maybe_text("Hostname"));
  replace(container.stop_signal, in.maybe_text("StopSignal"));
  replace(container.terminal, in.maybe_boolean("Tty"));
  for (auto& [name, value] : in.text_map("Labels")) container.labels[name] = std::move(value);
  if (!container.hostname.empty() && !is_host_name(container.hostname)) {
    document.findings.refuse(document.where + ".hostname", container.hostname,
                             "must be 1 to 64 letters, digits, '-' or '.'");
  }
  if (!container.working_directory.empty() && !container.working_directory.starts_with('/')) {
    document.findings.refuse(document.where + ".workingDirectory", container.working_directory,
                             "must be an absolute path");
  }
  if (const Json* check = in.object("Healthcheck")) {
    container.health_check = health_check_of(*check, document.where, document.findings);
  }
}

/// A number of bytes; absent for 0, as in Docker.
std::optional<Bytes> bytes_of(Document& document, const char* member, const char* field) {
  const std::int64_t number = document.in.integer(member);
  constexpr std::int64_t kMost = kMaxMebibytes << 20;
  if (number < 0 || number > kMost) {
    document.findings.refuse(
        document.where + field,
        std::to_string(number) + " must be from 0 to " + std::to_string(kMost));
  }
  if (number <= 0 || number > kMost) return std::nullopt;
  return Bytes{static_cast<std::uint64_t>(number)};
}

/// Never less than was asked for.
std::optional<Mebibytes> mebibytes_of(std::optional<Bytes> bytes) {
  constexpr std::uint64_t kMebibyte = 1 << 20;
  if (!bytes) return std::nullopt;
  return Mebibytes{bytes->count / kMebibyte + (bytes->count % kMebibyte != 0 ? 1 : 0)};
}

/// What the container's hosts and resolv.conf say.
void read_names(Document& document, model::Container& container) {
  replace(container.extra_hosts, document.in.maybe_texts("ExtraHosts"));
  for (const std::string& host : container.extra_hosts) {
    const std::size_t colon = host.find(':');
    if (colon == std::string::npos || !is_host_name(host.substr(0, colon)) ||
        !is_address(host.substr(colon + 1))) {
      document.findings.refuse(document.where + ".extraHosts", host, "must be name:address");
    }
  }
  replace(container.dns_servers, document.in.maybe_texts("Dns"));
  for (const std::string& server : container.dns_servers) {
    if (is_address(server)) continue;
    document.findings.refuse(document.where + ".dnsServers", server, "must be an address");
  }
  replace(container.search_domains, document.in.maybe_texts("DnsSearch"));
  for (const std::string& domain : container.search_domains) {
    if (is_host_name(domain)) continue;
    document.findings.refuse(document.where + ".dnsSearchDomains", domain,
                             "must be 1 to 64 letters, digits, '-' or '.'");
  }
}

void read_memory(Document& document, model::Container& container) {
  const std::string& where = document.where;
  if (auto memory = mebibytes_of(bytes_of(document, "Memory", ".memory"))) {
    container.memory = memory;
  }
  container.memory_reservation =
      mebibytes_of(bytes_of(document, "MemoryReservation", ".memoryReservation"));
  const std::int64_t swap = document.in.integer("MemorySwap");
  if (swap < 0) {
    document.findings.pass_over(where + ".linuxParameters.maxSwap");  // -1: as much as there is
  } else if (swap > 0 && container.memory &&
             static_cast<std::uint64_t>(swap) < container.memory->bytes().count) {
    document.findings.refuse(where + ".linuxParameters.maxSwap",
                             "memory and swap together must not be less than memory");
  } else if (swap > 0) {
    container.memory_swap_total = Bytes{static_cast<std::uint64_t>(swap)};
  }
  if (container.memory && container.memory_reservation > container.memory) {
    document.findings.refuse(where + ".memoryReservation",
                             std::to_string(container.memory_reservation->count) +
                                 " must not be above memory " +
                                 std::to_string(container.memory->count));
  }
}

/// source: Docker, names of ulimits.
constexpr const char* kUlimits[] = {"core",    "cpu",      "data",   "fsize",      "locks",
                                    "memlock", "msgqueue", "nice",   "nofile",     "nproc",
                                    "rss",     "rtprio",   "rttime", "sigpending", "stack"};

void read_ulimits(Document& document, model::Container& container) {
  const std::vector<const Json*> given = document.in.array("Ulimits");
  for (std::size_t i = 0; i < given.size(); ++i) {
    const std::string here = document.where + ".ulimits[" + std::to_string(i) + "]";
    JsonReader in(*given[i], here, true);
    model::Ulimit ulimit{in.text("Name"), in.integer("Soft"), in.integer("Hard")};
    if (auto bad = in.failed()) {
      document.findings.refuse_as("DockerClientConfigError: " + bad->message);
      return;
    }
    if (std::find(std::begin(kUlimits), std::end(kUlimits), ulimit.name) == std::end(kUlimits)) {
      document.findings.refuse(here + ".name", ulimit.name, "no such limit");
    }
    const bool soft_is_higher = ulimit.hard >= 0 && (ulimit.soft < 0 || ulimit.soft > ulimit.hard);
    if (soft_is_higher) {
      document.findings.refuse(here + ".softLimit", std::to_string(ulimit.soft) +
                                                        " must not be above hardLimit " +
                                                        std::to_string(ulimit.hard));
    }
    container.ulimits.push_back(std::move(ulimit));
  }
}

/// A profile that confines is needed; "unconfined" asks for less than we might give.
void read_security(Document& document, model::Container& container) {
  for (const std::string& option : document.in.texts("SecurityOpt")) {
    if (option == "no-new-privileges" || option == "no-new-privileges:true" ||
        option == "no-new-privileges=true") {
      container.no_new_privileges = true;
    } else if (option.starts_with("no-new-privileges")) {
      container.no_new_privileges = false;
    } else if (option.ends_with("unconfined") || option == "label:disable" ||
               option == "label=disable") {
      document.findings.pass_over(document.where + ".dockerSecurityOptions");
    } else {
      document.findings.refuse(document.where + ".dockerSecurityOptions", option, kUnsupported);
    }
  }
}

/// "NET_ADMIN" of "CAP_NET_ADMIN" and "net_admin".
std::vector<std::string> capabilities(std::vector<std::string> names) {
  for (std::string& name : names) {
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    if (name.starts_with("CAP_")) name.erase(0, 4);
  }
  return names;
}

void read_host_config(Document& document, model::Container& container) {
  JsonReader& in = document.in;
  if (const auto shares = in.maybe_integer("CpuShares"); shares && *shares > 0) {
    container.cpu = CpuUnits{static_cast<std::uint64_t>(*shares)};
  }
  read_memory(document, container);
  container.pids_limit = in.maybe_integer("PidsLimit");
  if (container.pids_limit && *container.pids_limit <= 0) container.pids_limit.reset();
  container.capabilities_add = capabilities(in.texts("CapAdd"));
  container.capabilities_drop = capabilities(in.texts("CapDrop"));
  replace(container.privileged, in.maybe_boolean("Privileged"));
  replace(container.read_only_root, in.maybe_boolean("ReadonlyRootfs"));
  read_ulimits(document, container);
  container.shm_size = bytes_of(document, "ShmSize", ".linuxParameters.sharedMemorySize");
  for (auto& [target, options] : in.text_map("Tmpfs")) {
    if (!target.starts_with('/')) {
      document.findings.refuse(document.where + ".linuxParameters.tmpfs", target,
                               "must be an absolute path");
    }
    container.tmpfs[target] = std::move(options);
  }
  for (auto& [name, value] : in.text_map("Sysctls")) container.sysctls[name] = std::move(value);
  read_security(document, container);
  read_names(document, container);
  if (const Json* log = in.object("LogConfig")) {
    JsonReader driver(*log, in.where() + ".LogConfig", true);
    const std::string type = driver.text("Type");
    const bool is_local = type.empty() || type == "json-file" || type == "none";
    // Output goes to the spool whatever the driver; options are nobody's.
    if (!is_local || !driver.text_map("Config").empty()) {
      document.findings.pass_over(document.where + ".logConfiguration");
    }
    if (auto bad = driver.failed()) {
      document.findings.refuse_as("DockerClientConfigError: " + bad->message);
    }
  }
}

using Read = void (*)(Document&, model::Container&);

std::string overlay(const std::string& text, const char* name, Read read, const std::string& where,
                    model::Container& container, Findings& findings) {
  if (text.empty()) return "";
  const std::string here = where + ".dockerConfig." + name;
  auto value = parse_json(text);
  if (!value) {
    findings.refuse_as("DockerClientConfigError: " + here + ": " + value.error().message);
    return "";
  }
  Document document{JsonReader(*value, here, true), where, findings};
  read(document, container);
  const std::string network_mode = document.in.text("NetworkMode");
  if (auto bad = document.in.failed()) {
    findings.refuse_as("DockerClientConfigError: " + bad->message);
    return "";
  }
  sort_out_unread(document, *value, name);
  return network_mode;
}

}  // namespace

std::string overlay_docker(const protocol::Container& given, const std::string& where,
                           model::Container& container, Findings& findings) {
  if (!given.docker_config) return "";
  overlay(given.docker_config->config, "config", read_config, where, container, findings);
  return overlay(given.docker_config->host_config, "hostConfig", read_host_config, where, container,
                 findings);
}

}  // namespace berth::inbox
