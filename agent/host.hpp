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
#include "cgroups/tree.hpp"
#include "containerd_api/connection.hpp"
#include "runtime/containerd.hpp"
#include "runtime/event_stream.hpp"
#include "runtime/images.hpp"
#include "runtime/inventory.hpp"

namespace berth::agent {

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
       cgroups::Hierarchy tree, std::unique_ptr<records::SqliteJournal> book,
       runtime::HostFacts runtime_facts, plan::AddressPool pool, plan::AddressPool leg_pool,
       std::string bridge_subnet);
};

/// The file of registry logins in the run directory.
inline constexpr const char* kLoginsFile = "registry-logins.json";

/// The unit that systemd delegates to us; its cgroup is systemd's to make and to remove.
inline constexpr const char* kTasksUnitCgroup = "/berth.slice/berth-tasks.service";

/// Below which cgroup tasks get theirs: as configured, else the delegated unit's while that runs,
/// else one of our own.
std::string cgroup_parent_of(const config::Config& config, const cgroups::Hierarchy& hierarchy);

/// How images are pulled, as configured.
runtime::ImagesOptions images_options(const config::Loaded& loaded);

/// How containers are run, as configured.
runtime::ContainerdOptions containers_options(const config::Loaded& loaded);

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
