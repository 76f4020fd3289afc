// tools.hpp - what the steps work with.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "agent/attachments/attachments.hpp"
#include "agent/engine/observed.hpp"
#include "agent/engine/recorder.hpp"
#include "agent/model/record.hpp"
#include "agent/plan/settings.hpp"
#include "agent/steps/admission.hpp"
#include "agent/steps/gateway_tables.hpp"
#include "agent/steps/nftables_linger.hpp"
#include "agent/steps/shared_pulls.hpp"
#include "base/clock.hpp"
#include "base/gate.hpp"
#include "base/offload.hpp"
#include "base/spawner.hpp"
#include "cgroups/tree.hpp"
#include "cni/network.hpp"
#include "firewall/table.hpp"
#include "netns/drivers/any.hpp"
#include "netns/namespace.hpp"
#include "ports/reservations.hpp"
#include "runtime/runtime.hpp"

namespace berth::steps {

using engine::Sight;
using RecordPtr = std::shared_ptr<const model::Record>;

/// ECS_IMAGE_PULL_BEHAVIOR. source: reference task model, section 9.
enum class PullBehavior : std::uint8_t {
  Default,       ///< always asks the registry; a local image will do when that fails
  Always,        ///< always asks; a failure stops the task
  Once,          ///< asks unless the image is here already; a failure stops the task
  PreferCached,  ///< asks only when the image is not here
};

/// How long things may take. source: reference state machine, section 8, and configuration.
struct Limits {
  std::chrono::milliseconds create{std::chrono::minutes(4)};  ///< ECS_CONTAINER_CREATE_TIMEOUT
  std::chrono::milliseconds start{std::chrono::minutes(3)};   ///< ECS_CONTAINER_START_TIMEOUT
  std::chrono::milliseconds pull{std::chrono::hours(2)};      ///< ECS_IMAGE_PULL_TIMEOUT
  std::chrono::milliseconds call{std::chrono::seconds(30)};   ///< any other call to the engine
  std::chrono::milliseconds host{std::chrono::minutes(1)};    ///< cgroup, network: as CNI ADD
  /// A network by CNI plugins: their ADDs, and their DELs should those fail.
  std::chrono::milliseconds plugins{std::chrono::seconds(100)};
  std::chrono::milliseconds resources{std::chrono::hours(1)};  ///< in the node's queue
  std::chrono::milliseconds cleanup{
      std::chrono::hours(3)};  ///< ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION
};

/// A change to the host about to be made: kind, name, old value. Returns once it is written down.
using NoteHostChange =
    std::function<Async<>(std::string kind, std::string name, std::string old_value)>;

/// Hears how far an image of a task has come.
using NotePull = std::function<void(const std::string& task_arn, std::size_t container,
                                    engine::Progress progress)>;

/// What is known of others' rules on this host; see open_ways.hpp. Loop thread.
struct WayState {
  bool is_current = false;  ///< nothing has changed since they were looked at
  bool is_open = false;     ///< something of ours may be among them
  bool is_late = false;     ///< firewalld could not be told yet
  std::string doubts;       ///< what may stand in the way of packets
};

/// References to the rooms below, and settings. One for the daemon; outlives all steps.
struct Tools {
  runtime::Images& images;
  SharedPulls pulls;  ///< over the same images
  runtime::Containers& containers;
  const cgroups::Hierarchy& hierarchy;
  netns::Pins pins;
  netns::AnyDriver driver;
  cni::Network cni;
  firewall::Table& firewall;
  ports::Reservations& ports;
  NoteHostChange note_host_change;
  Offload& offload;
  Clock& clock;
  Gate host_network;  ///< one at a time prepares the host
  NftablesLinger nftables;
  Gate& starts;         ///< creations and starts in flight: 2 x cores
  Admission admission;  ///< which tasks the node has room for
  plan::Settings settings;
  Limits limits;
  PullBehavior pull_behavior = PullBehavior::Default;
  NotePull note_pull{};  ///< given by the daemon once there is an engine
  /// Given by the daemon, too; nullptr: no task of this node has a NIC of its own.
  attachments::Attachments* attachments = nullptr;
  Spawner* spawner = nullptr;
  WayState ways{};
  GatewayTables gateways{};  ///< beside `firewall`, which is the host's
  /// Given by the daemon, too: whether addresses of a LAN were asked for, and nobody has them. True
  /// once, of whoever takes them.
  std::function<bool(const model::EniAccess&, const std::vector<netns::IpAddress>&)> found_free =
      [](const auto&, const auto&) { return false; };
};

}  // namespace berth::steps
