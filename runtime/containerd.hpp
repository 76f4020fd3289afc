// containerd.hpp - the seam Containers over containerd's API.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/offload.hpp"
#include "containerd_api/connection.hpp"
#include "runtime/host.hpp"
#include "runtime/oci_runtime.hpp"
#include "runtime/runtime.hpp"
#include "runtime/snapshot_files.hpp"
#include "runtime/turns.hpp"

namespace berth::runtime {

struct ContainerdOptions {
  std::string runtime = "io.containerd.runc.v2";  ///< name, or absolute path of a shim
  std::string snapshotter = "overlayfs";          ///< the one the images are unpacked in
  std::string search_path = kUsualSearchPath;  ///< where ContainerSpec::oci_runtime is looked for
};

/// Containers in containerd, one process group ("task" there) each. Snapshot, container record and
/// process share the container's id. Owned by the program, as are its references; loop thread.
///
/// A container whose process is not there (its creation was cut short, it was released, or the host
/// was booted since) is Absent to state(), still named by list(), and replaced by create().
class ContainerdContainers final : public Containers {
 public:
  ContainerdContainers(containerd_api::Connection& connection, Offload& offload, HostFacts host,
                       ContainerdOptions options);

  /// note:  the container record comes first and names the snapshot, so that the engine's collector
  ///        never takes a snapshot that is about to be used.
  /// note:  what a failed creation leaves is taken away by remove() or by the next create().
  /// note:  runc finds out already here that a command is not there: Invalid in its own words.
  /// note:  a runtime of the container's own goes into its record, as an option of the shim for
  ///        runc; containers of one group may differ in it.
  Async<> create(ContainerSpec spec, Deadline by) override;
  Async<> start(std::string id, Deadline by) override;
  Async<> restart(ProcessSpec spec, Deadline by) override;
  Async<> kill(std::string id, int signal, bool all, Deadline by) override;
  Async<ContainerState> state(std::string id, Deadline by) override;
  Async<> release(std::string id, Deadline by) override;
  Async<> remove(std::string id, Deadline by) override;
  /// note:  past `by` it answers only when the command is gone, at most kExecKillGrace later; the
  /// same
  ///        when it is cancelled.
  Async<ExitStatus> exec(std::string id, ExecSpec what, Deadline by) override;
  Async<std::vector<std::string>> list(Deadline by) override;

  static constexpr std::chrono::seconds kExecKillGrace{5};

 private:
  Async<> create_once(ContainerSpec spec, Deadline by);
  Async<std::string> document_for(ContainerSpec spec, UserDatabase users);
  Async<std::string> runtime_path(std::string name);
  Async<> create_record(ContainerSpec spec, std::string document, Deadline by);
  Async<> update_record(std::string id, std::string document, Deadline by);
  Async<std::vector<SnapshotMount>> prepare_snapshot(std::string id, std::string parent,
                                                     Deadline by);
  Async<std::vector<SnapshotMount>> find_mounts(std::string id, Deadline by);
  Async<> create_process(ProcessSpec spec, std::vector<SnapshotMount> rootfs, Deadline by);
  Async<> kill_and_wait(std::string id, Deadline by);
  Async<> run_exec(std::string id, ExecSpec what, Deadline by);
  Async<ExitStatus> end_exec(std::string id, std::string exec_id, bool is_to_be_killed);
  void remember_users(const std::string& chain_id, const UserDatabase& users);

  containerd_api::Connection& connection_;
  Offload& offload_;
  HostFacts host_;
  ContainerdOptions options_;
  /// Containers of one group must not race to make or to end their common shim.
  Turns shim_turns_;
  std::map<std::string, std::string> group_of_;  ///< by container id; of those created here
  /// By chain id, which names the content: never stale, so bounded but not renewed.
  std::map<std::string, UserDatabase> users_of_;
};

}  // namespace berth::runtime
