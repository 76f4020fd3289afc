// engine.hpp - containerd: does it answer, and does it have what we use?
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/doctor/finding.hpp"
#include "base/async.hpp"
#include "containerd_api/connection.hpp"

namespace berth::doctor {

/// A part of containerd, as it tells of it itself.
struct Plugin {
  std::string type;       ///< "io.containerd.snapshotter.v1"
  std::string id;         ///< "overlayfs"
  std::string root{};     ///< where it keeps its files; "" when it does not say
  std::string failure{};  ///< why it is not in use; "" when it is
};

/// What containerd said; members are empty where it did not answer.
struct Engine {
  std::string socket;
  bool has_socket = false;  ///< there is a file
  std::string failure{};    ///< why nobody answers; "" when somebody does
  std::string version{};    ///< "1.7.24", "v2.1.0"
  std::vector<Plugin> plugins{};
  std::string plugins_failure{};
  std::vector<std::string> namespaces{};
  std::string namespaces_failure{};
};

/// Asks it; what fails is in the answer. `connection` outlives the call.
Async<Engine> ask_engine(containerd_api::Connection* connection, Deadline by);

/// own_namespace: BERTH_CONTAINERD_NAMESPACE. snapshotter: the one images are unpacked in.
Findings judge_engine(const Engine& engine, const std::string& own_namespace,
                      const std::string& snapshotter);

/// Where that snapshotter keeps its files; nullopt when containerd did not say.
std::optional<std::string> root_of(const Engine& engine, const std::string& snapshotter);

}  // namespace berth::doctor
