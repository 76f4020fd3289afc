// doctor.hpp - every check of a node, made at once.
#pragma once

#include <string>

#include "agent/config/config.hpp"
#include "agent/doctor/finding.hpp"
#include "base/clock.hpp"
#include "base/dir.hpp"
#include "base/offload.hpp"
#include "base/spawner.hpp"
#include "containerd_api/connection.hpp"
#include "netns/netlink.hpp"

namespace berth::doctor {

/// What the checks work with; outlives them. Nothing of it is changed, nor is the host.
struct Needs {
  Result<config::Loaded> loaded;  ///< as berthd would have it
  config::Loaded used;            ///< the same, or the defaults where it is an error
  const Dir& root;                ///< "/"
  const Clock& clock;
  Offload& offload;
  Spawner& spawner;
  containerd_api::Connection& connection;
  netns::OpenNetlink open_netlink;
  std::string search_path;  ///< of the programs that containerd starts
  std::string oci_runtime;  ///< that makes containers: name or path
  std::string snapshotter;  ///< that images are unpacked in
  std::string version;      ///< of this berthd
  std::string user_agent;
  WallTime built;
};

/// Looks at all of the node. Loop thread; takes as long as its slowest check, at most half a
/// minute.
///
/// fails:  Cancelled.
Async<Findings> examine_node(const Needs& needs);

}  // namespace berth::doctor
