// slice.hpp - a task as systemd's slice, its containers as scopes in it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "agent/model/record.hpp"
#include "agent/plan/settings.hpp"
#include "systemd/spec.hpp"

namespace berth::plan {

/// "/berth.slice/berth-<task id>.slice" below "/berth.slice". Dashes, of which systemd would make a
/// slice each, become underscores.
std::string cgroup_path_of_slice(std::string_view task_id, const std::string& parent);

/// The slice that this cgroup is; nullopt: it is one that berthd makes itself.
std::optional<std::string> slice_of(const std::string& cgroup_path);

/// The task's slice with its limits, which systemd puts in force again whenever it likes. It has no
/// part in starting and stopping the system, but for being stopped after berthd.
systemd::TransientUnit slice_for(const model::Record& record, const Settings& settings);

/// A container's scope in the slice of its task, which the OCI runtime has systemd make.
struct Scope {
  std::string cgroup_path;  ///< "/berth.slice/berth-<id>.slice/berth-<id>-0.scope"
  std::string of_runtime;   ///< linux.cgroupsPath: "berth-<id>.slice:berth-<id>:0"
  std::map<std::string, std::string> annotations;  ///< properties the runtime passes on
};

/// slice_path:  the cgroup of the slice.
/// source: runc, docs/systemd.md; crun.1.
Scope scope_for(const std::string& slice_path, std::size_t container);

}  // namespace berth::plan
