// host.hpp - the doors to this machine, opened once and shared by everything that works on it.
#pragma once

#include <memory>
#include <string>

#include "agent/config/config.hpp"
#include "agent/model/node_facts.hpp"
#include "agent/node/registration.hpp"
#include "agent/plan/address_pool.hpp"
#include "agent/plan/settings.hpp"
#include "agent/records/sqlite_addresses.hpp"
#include "agent/records/sqlite_attachments.hpp"
#include "agent/records/sqlite_journal.hpp"
#include "agent/records/sqlite_timeline.hpp"
#include "agent/steps/tools.hpp"
#include "agent/upkeep/node.hpp"
#include "base/clock.hpp"
#include "base/offload.hpp"
#include "base/spawner.hpp"
#include "cgroups/home.hpp"
#include "cgroups/tree.hpp"
#include "containerd_api/connection.hpp"
#include "runtime/containerd.hpp"
#include "runtime/event_stream.hpp"
#include "runtime/images.hpp"
#include "runtime/inventory.hpp"

namespace berth::agent {

/// Whose the cgroups of tasks are, and the path of the one that all are in.
struct CgroupHome {
  cgroups::Driver driver = cgroups::Driver::Cgroupfs;
  std::string path;

  bool operator==(const CgroupHome&) const = default;
};

/// As configured, else as the host is; logged with the reason. root: "/". fails: Invalid.
Result<CgroupHome> cgroup_home_of(const config::Config& config, const cgroups::Hierarchy& hierarchy,
                                  const Dir& root);

/// What both the daemon and a purge work with. Built by open_host; lives in main.
struct Host {
  config::Config config;
  model::NodeFacts facts;
  SystemClock clock;
  Offload offload;
  SystemSpawner spawner;
  cgroups::Hierarchy hierarchy;
  std::unique_ptr<records::SqliteJournal> journal;
  records::SqliteTimeline timeline;
  records::SqliteAttachments attachments;
  records::SqliteAddresses address_book;
  containerd_api::Connection connection;
  runtime::ContainerdContainers containers;
  runtime::ContainerdInventory inventory;
  runtime::ContainerdImages images;
  runtime::ContainerdEvents events;
  Gate starts;
  plan::AddressPool addresses;  ///< of mode bridge
  plan::AddressPool legs;  ///< by which tasks with IPv6 alone, or of CNI plugins, ask the agent
  firewall::Table firewall;
  ports::Reservations ports;
  steps::Tools tools;

  Host(asio::any_io_executor executor, const config::Loaded& loaded, model::NodeFacts node_facts,
       cgroups::Hierarchy tree, CgroupHome home, std::unique_ptr<records::SqliteJournal> book,
       runtime::HostFacts runtime_facts, plan::AddressPool pool, plan::AddressPool leg_pool,
       std::string bridge_subnet);
};

/// The file of registry logins in the run directory.
inline constexpr const char* kLoginsFile = "registry-logins.json";

/// How images are pulled, as configured.
runtime::ImagesOptions images_options(const config::Loaded& loaded);

/// How containers are run, as configured.
runtime::ContainerdOptions containers_options(const config::Loaded& loaded);

/// What makes containers, by BERTH_OCI_RUNTIME: name or path; "" is the shim's own, runc. Blocks.
std::string oci_runtime_of(const config::Loaded& loaded);

/// Writes the file of logins so that only root reads it; removes it when there are none. again:
/// yes. fails:  Denied, Exhausted.
Result<> keep_logins(const std::string& run_dir, const std::string& logins);

/// Takes over what may change while the daemon runs: limits of time, the log level, the registry
/// logins. Loop thread.
///
/// fails:  as keep_logins; all but the logins has been taken then.
Result<config::Changes> reload(Host& host, const config::Loaded& fresh);

/// What the node offers to its cluster, as configured.
node::Offer offer_of(const config::Config& config);

/// What of the host is ours, for upkeep and purge.
upkeep::Node node_of(const Host& host);

/// Opens the state and looks at the machine. Blocking; at start.
///
/// fails:  Denied, NotFound, Invalid, Broken, each naming what could not be opened.
Result<std::unique_ptr<Host>> open_host(asio::any_io_executor executor,
                                        const config::Loaded& loaded);

}  // namespace berth::agent
