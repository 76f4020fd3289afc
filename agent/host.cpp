// host.cpp - configuration and machine as the settings of each room.
#include "agent/host.hpp"

#include <algorithm>
#include <array>

#include "agent/node/facts.hpp"
#include "agent/node/gpus.hpp"
#include "base/log.hpp"
#include "netns/subnet.hpp"
#include "systemd/units.hpp"

namespace berth::agent {

namespace {

constexpr std::size_t kBlockingThreads = 2;
constexpr std::size_t kMostBlockingThreads = 32;  // when calls hang in the kernel
constexpr const char* kNetnsDir = "/run/netns";
// source: reference networking, section 3.4: where the incumbent has its tasks' legs.
constexpr const char* kLegSubnet = "169.254.172.0/22";

steps::PullBehavior pull_behavior_of(config::PullBehavior behavior) {
  switch (behavior) {
    case config::PullBehavior::Default: return steps::PullBehavior::Default;
    case config::PullBehavior::Always: return steps::PullBehavior::Always;
    case config::PullBehavior::Once: return steps::PullBehavior::Once;
    case config::PullBehavior::PreferCached: return steps::PullBehavior::PreferCached;
  }
  return steps::PullBehavior::Default;
}

template <class Duration>
std::chrono::milliseconds in_ms(Duration duration) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(duration);
}

steps::Limits limits_of(const config::Config& config) {
  steps::Limits limits;
  limits.create = in_ms(config.create_timeout);
  limits.start = in_ms(config.start_timeout);
  limits.pull = in_ms(config.pull_timeout);
  limits.cleanup = in_ms(config.cleanup_wait);
  return limits;
}

/// As it is registered: resources_for in agent/node.
plan::Demand capacity_of(const config::Config& config, const model::NodeFacts& facts) {
  plan::Demand capacity;
  capacity.cpu = CpuUnits{std::uint64_t{facts.cpus} * 1024};
  const std::uint64_t reserved = config.reserved_memory_mib;
  capacity.memory = Mebibytes{facts.memory.count - std::min(reserved, facts.memory.count)};
  for (const std::string& id : facts.gpus.ids) capacity.exclusive.insert(plan::gpu_name(id));
  return capacity;
}

plan::Demand reserved_ports_of(const config::Config& config) {
  plan::Demand reserved;
  for (const auto port : config.reserved_ports) {
    reserved.exclusive.insert("tcp/" + std::to_string(port));
  }
  for (const auto port : config.reserved_ports_udp) {
    reserved.exclusive.insert("udp/" + std::to_string(port));
  }
  return reserved;
}

/// What Docker knows as runtime "nvidia" is this program, from NVIDIA's container toolkit.
std::string gpu_runtime_of(const std::string& name) {
  return name == "nvidia" ? "nvidia-container-runtime" : name;
}

std::chrono::seconds stop_timeout_of(const config::Config& config) {
  return std::chrono::ceil<std::chrono::seconds>(config.stop_timeout);
}

std::string auth_file_of(const config::Config& config, const std::string& logins) {
  return logins.empty() ? "" : config.run_dir + "/" + kLoginsFile;
}

plan::Settings settings_of(const config::Config& config, const model::NodeFacts& facts,
                           CgroupHome home, std::string bridge_subnet, std::string oci_runtime) {
  plan::Settings settings;
  settings.cgroup_driver = home.driver;
  settings.cgroup_parent = std::move(home.path);
  settings.cgroup_v2 = facts.cgroups.version == 2;
  settings.netns_dir = kNetnsDir;
  settings.netns_prefix = config.containerd_namespace;
  settings.run_dir = config.run_dir;
  settings.data_dir = config.data_dir;
  settings.logger = config.libexec_dir + "/berth-logger";
  settings.region = config.region;
  settings.host_name = facts.hostname;
  settings.stop_timeout = stop_timeout_of(config);
  settings.task_limits = config.task_limits;
  settings.counts_swap = facts.cgroups.counts_swap;
  settings.has_io_weight = facts.cgroups.has_io_weight;
  settings.has_bfq_weight = facts.cgroups.has_bfq_weight;
  settings.awsvpc_blocks_imds = config.awsvpc_blocks_imds;
  settings.bridge_subnet = std::move(bridge_subnet);
  settings.oci_runtime = std::move(oci_runtime);
  settings.gpu_runtime = gpu_runtime_of(config.nvidia_runtime);
  settings.eni_access = {config.eni_driver, config.eni_parent, config.eni_vlan, config.cni_network};
  settings.publish_addresses = config.publish_addresses;
  settings.firewall_integration = config.firewall_integration;
  return settings;
}

}  // namespace

Result<CgroupHome> cgroup_home_of(const config::Config& config, const cgroups::Hierarchy& hierarchy,
                                  const Dir& root) {
  BERTH_TRY(cgroups::Home home, cgroups::choose_home({config.cgroup_driver, config.cgroup_parent},
                                                     cgroups::look_for_home(hierarchy, root)));
  log::info("cgroups of tasks", {{"driver", cgroups::name_of(home.driver)},
                                 {"parent", home.parent},
                                 {"reason", home.reason}});
  if (home.driver == cgroups::Driver::Cgroupfs) return CgroupHome{home.driver, home.parent};
  BERTH_TRY(std::string path, systemd::cgroup_of_slice(home.parent));
  return CgroupHome{home.driver, std::move(path)};
}

runtime::ImagesOptions images_options(const config::Loaded& loaded) {
  const config::Config& config = loaded.config;
  runtime::ImagesOptions options;
  options.pull_program = config.libexec_dir + "/berth-pull";
  options.hosts_dir = config.registry_config_dir;
  options.auth_file = auth_file_of(config, loaded.registry_logins);
  options.inactivity_timeout =
      std::chrono::ceil<std::chrono::seconds>(config.pull_inactivity_timeout);
  options.resolve_timeout = std::chrono::ceil<std::chrono::seconds>(config.manifest_timeout);
  for (const char* name :
       {"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "PATH"}) {
    if (const auto found = loaded.environment.find(name); found != loaded.environment.end()) {
      options.environment.push_back(found->first + "=" + found->second);
    }
  }
  return options;
}

runtime::ContainerdOptions containers_options(const config::Loaded& loaded) {
  runtime::ContainerdOptions options;
  options.runtime = loaded.config.runtime;
  if (const auto path = loaded.environment.find("PATH"); path != loaded.environment.end()) {
    options.search_path = path->second;
  }
  return options;
}

std::string oci_runtime_of(const config::Loaded& loaded) {
  const std::string& name = loaded.config.oci_runtime;
  return name == "auto" ? runtime::usual_oci_runtime(containers_options(loaded).search_path) : name;
}

Result<> keep_logins(const std::string& run_dir, const std::string& logins) {
  BERTH_TRY(const Dir run, Dir::open_or_make(run_dir, 0700));
  if (logins.empty()) return run.remove_all(kLoginsFile);
  return run.replace(kLoginsFile, logins, 0600);
}

namespace {

model::CgroupFacts cgroup_facts(const cgroups::Hierarchy& hierarchy) {
  return {hierarchy.version() == cgroups::Version::V2 ? 2 : 1,
          hierarchy.is_hybrid(),
          hierarchy.counts_swap(),
          hierarchy.controllers(),
          hierarchy.weighs_io("io.weight"),
          hierarchy.weighs_io("io.bfq.weight")};
}

/// Where plugins are when nobody says: as Debian's package has them, and as everybody else does.
constexpr std::array kPluginDirs{"/usr/lib/cni", "/opt/cni/bin"};

cni::Settings cni_settings_of(const config::Config& config) {
  cni::Settings settings;
  settings.config_dir = config.cni_conf_dir;
  settings.network = config.cni_network;
  if (!config.cni_bin_dir.empty()) settings.program_dirs.push_back(config.cni_bin_dir);
  settings.program_dirs.insert(settings.program_dirs.end(), kPluginDirs.begin(), kPluginDirs.end());
  settings.book_dir = config.data_dir + "/cni";
  return settings;
}

ports::Range dynamic_ports_of(const config::Config& config) {
  if (!config.dynamic_ports) return ports::kernel_range();
  return {config.dynamic_ports->first, config.dynamic_ports->last};
}

/// As configured, or the first of a few that the host does not reach already.
Result<std::string> bridge_subnet_of(const config::Config& config) {
  if (!config.bridge_subnet.empty()) return config.bridge_subnet;
  std::vector<netns::IpInterface> candidates;
  for (const char* one : {"10.214.0.0/20", "10.231.0.0/20", "172.29.240.0/20", "192.168.208.0/20",
                          "100.126.0.0/20"}) {
    BERTH_TRY(const netns::IpInterface subnet, netns::parse_ip_interface(one));
    candidates.push_back(subnet);
  }
  BERTH_TRY(const std::unique_ptr<netns::Netlink> netlink, netns::open_netlink());
  BERTH_TRY(const std::vector<netns::IpInterface> taken, netns::routed_subnets(*netlink));
  Result<netns::IpInterface> free = netns::free_subnet(candidates, taken);
  if (!free) return std::move(free).error().while_doing("choose BERTH_BRIDGE_SUBNET");
  return netns::text_of(*free);
}

/// False where the kernel has no IPv6, or new devices have it switched off.
bool has_v6(const Dir& root) {
  for (const char* scope : {"all", "default"}) {
    const auto off = root.read(std::string("proc/sys/net/ipv6/conf/") + scope + "/disable_ipv6");
    if (!off || !off->starts_with("0")) return false;
  }
  return true;
}

/// Its own on every machine, and the same after each boot.
std::string local_prefix_of(const Dir& root, const model::NodeFacts& facts) {
  const Result<std::string> machine_id = root.read("etc/machine-id");
  return netns::unique_local_prefix(machine_id ? *machine_id : facts.hostname);
}

}  // namespace

Host::Host(asio::any_io_executor executor, const config::Loaded& loaded,
           model::NodeFacts node_facts, cgroups::Hierarchy tree, CgroupHome home,
           std::unique_ptr<records::SqliteJournal> book, runtime::HostFacts runtime_facts,
           plan::AddressPool pool, plan::AddressPool leg_pool, std::string bridge_subnet)
    : config(loaded.config),
      facts(std::move(node_facts)),
      offload(kBlockingThreads, kMostBlockingThreads),
      hierarchy(std::move(tree)),
      journal(std::move(book)),
      timeline(*journal, executor),
      attachments(*journal),
      address_book(*journal),
      connection(executor, config.containerd_address, config.containerd_namespace),
      containers(connection, offload, std::move(runtime_facts), containers_options(loaded)),
      inventory(connection, containers, config.runtime, images_options(loaded).snapshotter),
      images(connection, spawner, images_options(loaded)),
      events(connection, clock),
      starts(executor, static_cast<int>(2 * std::max(1U, facts.cpus))),
      addresses(std::move(pool)),
      legs(std::move(leg_pool)),
      firewall(
          {.table = config.containerd_namespace, .publish_addresses = config.publish_addresses}),
      ports(dynamic_ports_of(config)),
      tools{images,
            steps::SharedPulls(images),
            containers,
            hierarchy,
            netns::Pins(kNetnsDir, config.containerd_namespace),
            netns::AnyDriver(config.containerd_namespace,
                             netns::Pins(kNetnsDir, config.containerd_namespace)),
            cni::Network(cni_settings_of(config)),
            firewall,
            ports,
            [this](std::string kind, std::string name, std::string old_value) {
              return journal->note_host_change(
                  {std::move(kind), std::move(name), std::move(old_value)});
            },
            offload,
            clock,
            Gate(executor, 1),
            steps::NftablesLinger(executor, offload),
            starts,
            steps::Admission(executor, capacity_of(config, facts)),
            settings_of(config, facts, std::move(home), std::move(bridge_subnet),
                        oci_runtime_of(loaded)),
            limits_of(config),
            pull_behavior_of(config.pull_behavior)} {
  tools.spawner = &spawner;
  tools.admission.hold("ECS_RESERVED_PORTS", reserved_ports_of(config));
}

node::Offer offer_of(const config::Config& config) {
  node::Offer offer;
  offer.cluster = config.cluster;
  offer.external = config.external;
  offer.task_eni = config.task_eni;
  offer.eni_driver = config.eni_driver;
  offer.privileged = !config.privileged_disabled;
  offer.task_limits = config.task_limits;
  offer.os_family_detailed = config.os_family_detailed;
  offer.reserved_memory_mib = config.reserved_memory_mib;
  offer.reserved_ports = config.reserved_ports;
  offer.reserved_ports_udp = config.reserved_ports_udp;
  offer.custom_attributes = config.instance_attributes;
  offer.tags = config.instance_tags;
  return offer;
}

Result<config::Changes> reload(Host& host, const config::Loaded& fresh) {
  BERTH_CHECK(keep_logins(host.config.run_dir, fresh.registry_logins));
  config::Changes changes = config::take_live(host.config, fresh.config);
  log::set_level(host.config.log_level);
  host.tools.limits = limits_of(host.config);
  host.tools.settings.stop_timeout = stop_timeout_of(host.config);
  host.images.set_auth_file(auth_file_of(host.config, fresh.registry_logins));
  return changes;
}

upkeep::Node node_of(const Host& host) {
  const steps::Tools& tools = host.tools;
  return {host.hierarchy,        tools.pins,    tools.driver, tools.cni,
          tools.firewall.name(), tools.settings};
}

Result<std::unique_ptr<Host>> open_host(asio::any_io_executor executor,
                                        const config::Loaded& loaded) {
  BERTH_TRY(cgroups::Hierarchy hierarchy, cgroups::Hierarchy::open());
  BERTH_TRY(const Dir root, Dir::open("/"));
  BERTH_TRY(CgroupHome home, cgroup_home_of(loaded.config, hierarchy, root));
  BERTH_TRY(model::NodeFacts facts,
            node::gather_facts(root, cgroup_facts(hierarchy), node::kernel_machine()));
  if (loaded.config.gpu_support) {
    BERTH_TRY(facts.gpus, node::read_gpus(root, loaded.config.gpu_info_file));
  }
  BERTH_TRY(runtime::HostFacts runtime_facts, runtime::read_host_facts());
  BERTH_CHECK(Dir::open_or_make(loaded.config.data_dir, 0700));
  BERTH_CHECK(keep_logins(loaded.config.run_dir, loaded.registry_logins));
  BERTH_TRY(std::unique_ptr<records::SqliteJournal> journal,
            records::SqliteJournal::open(loaded.config.data_dir + "/berth.db"));
  BERTH_TRY(const std::string subnet, bridge_subnet_of(loaded.config));
  BERTH_TRY(plan::AddressPool pool,
            plan::AddressPool::open(subnet, has_v6(root) ? local_prefix_of(root, facts) : ""));
  BERTH_TRY(plan::AddressPool legs, plan::AddressPool::open(kLegSubnet, ""));
  return std::make_unique<Host>(executor, loaded, std::move(facts), std::move(hierarchy),
                                std::move(home), std::move(journal), std::move(runtime_facts),
                                std::move(pool), std::move(legs), subnet);
}

}  // namespace berth::agent
