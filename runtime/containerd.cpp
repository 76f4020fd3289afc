// containerd.cpp - containers in containerd: create, start, kill, look, remove.
#include "runtime/containerd.hpp"

#include <csignal>

#include "base/clock.hpp"
#include "base/crash_point.hpp"
#include "containerd_api/awaitable.hpp"
#include "containerd_api/containers.hpp"
#include "containerd_api/runc_options.hpp"
#include "containerd_api/snapshots.hpp"
#include "containerd_api/tasks.hpp"
#include "runtime/exit_status.hpp"
#include "runtime/oci_spec.hpp"
#include "runtime/words.hpp"

namespace berth::runtime {

namespace api = containerd_api;
using api::call;

namespace {

constexpr std::size_t kMostUserDatabases = 64;

/// Nothing more to do about it, whatever we were about to remove.
template <class T>
Result<> unless_gone(const Result<T>& outcome) {
  if (outcome || outcome.failed_with(Errc::NotFound)) return ok();
  return outcome.error();
}

/// The engine could not answer, as opposed to having refused.
bool is_no_answer(const Error& error) {
  return error.code == Errc::Unavailable || error.code == Errc::TimedOut ||
         error.code == Errc::Cancelled;
}

template <class Response>
std::vector<SnapshotMount> mounts_of(const Response& response) {
  std::vector<SnapshotMount> mounts;
  for (const auto& mount : response.mounts()) {
    mounts.push_back(
        {mount.type(), mount.source(), {mount.options().begin(), mount.options().end()}});
  }
  return mounts;
}

constexpr int kClearingRounds = 30;
constexpr std::chrono::milliseconds kClearingPause{100};

/// The bundle of an attempt that was cut short is still there, or goes while ours is made in it.
bool is_being_cleared(const Error& error) {
  return error.code == Errc::Exists ||
         error.message.find("failed to start shim") != std::string::npos;
}

}  // namespace

ContainerdContainers::ContainerdContainers(api::Connection& connection, Offload& offload,
                                           HostFacts host, ContainerdOptions options)
    : connection_(connection),
      offload_(offload),
      host_(std::move(host)),
      options_(std::move(options)) {}

Async<> ContainerdContainers::create(ContainerSpec spec, Deadline by) {
  const std::string id = spec.id;
  ContainerSpec first_try = spec;
  Result<> made = co_await create_once(std::move(first_try), by);
  if (!made.failed_with(Errc::Exists)) co_return made;

  // Left by an earlier attempt. With a process it is complete, without one it is begun anew.
  Result<ContainerState> seen = co_await state(id, by);
  if (!seen) co_return std::move(seen).error();
  if (seen->kind != ContainerState::Kind::Absent) {
    group_of_[id] = spec.group;
    co_return ok();
  }
  SystemClock clock;
  for (int round = 0;; ++round) {
    Result<> removed = co_await remove(id, by);
    if (!removed) co_return removed;
    ContainerSpec again = spec;
    made = co_await create_once(std::move(again), by);
    // Its caller gone, the engine clears away what it had begun for it in its own time.
    if (made || round == kClearingRounds || !is_being_cleared(made.error())) co_return made;
    Result<> waited = co_await clock.sleep(kClearingPause);
    if (!waited) co_return waited;
  }
}

Async<> ContainerdContainers::create_once(ContainerSpec spec, Deadline by) {
  const auto known = users_of_.find(spec.snapshot_parent);
  const bool is_known = known != users_of_.end();
  UserDatabase users = is_known ? known->second : UserDatabase{};
  ContainerSpec as_root = spec;
  // Until the image's files can be read any name stands for root; the record is corrected below.
  if (!is_known) as_root.user.clear();
  Result<std::string> document = co_await document_for(std::move(as_root), users);
  if (!document) co_return std::move(document).error();

  std::string runtime = spec.oci_runtime;
  Result<std::string> path = co_await runtime_path(std::move(runtime));
  if (!path) co_return std::move(path).error();
  spec.oci_runtime = std::move(*path);
  Result<> recorded = co_await create_record(spec, *document, by);
  if (!recorded) co_return recorded;
  BERTH_CRASH_POINT("container.recorded");
  group_of_[spec.id] = spec.group;
  Result<std::vector<SnapshotMount>> rootfs =
      co_await prepare_snapshot(spec.id, spec.snapshot_parent, by);
  if (!rootfs) co_return std::move(rootfs).error();
  BERTH_CRASH_POINT("container.snapshot-prepared");

  if (!is_known) {
    auto read = [mounts = *rootfs] { return read_users(mounts); };
    Result<UserDatabase> found = co_await offload_.run(std::move(read));
    if (!found) co_return std::move(found).error();
    remember_users(spec.snapshot_parent, *found);
    users = std::move(found).value();
    Result<std::string> corrected = co_await document_for(spec, std::move(users));
    if (!corrected) co_return std::move(corrected).error();
    if (*corrected != *document) {
      Result<> updated = co_await update_record(spec.id, std::move(*corrected), by);
      if (!updated) co_return updated;
      BERTH_CRASH_POINT("container.record-corrected");
    }
  }
  ProcessSpec process{spec.id, spec.group, spec.log_uri, spec.terminal};
  Result<> created = co_await create_process(std::move(process), std::move(*rootfs), by);
  co_return created;
}

Async<std::string> ContainerdContainers::document_for(ContainerSpec spec, UserDatabase users) {
  Result<User> user = resolve_user(spec.user, users);
  if (!user) co_return std::move(user).error();
  std::vector<Device> devices;
  if (spec.privileged) {
    auto look = [] { return Result<std::vector<Device>>(host_devices()); };
    Result<std::vector<Device>> found = co_await offload_.run(look);
    if (found) devices = std::move(*found);
  }
  Result<std::string> document = oci_spec(spec, *user, host_, devices);
  co_return document;
}

void ContainerdContainers::remember_users(const std::string& chain_id, const UserDatabase& users) {
  if (users_of_.size() >= kMostUserDatabases) users_of_.clear();
  users_of_[chain_id] = users;
}

/// "" is the shim's own.
Async<std::string> ContainerdContainers::runtime_path(std::string name) {
  if (name.empty()) co_return std::string();
  auto look = [name = std::move(name), path = options_.search_path] {
    return find_oci_runtime(name, path);
  };
  Result<std::string> found = co_await offload_.run(std::move(look));
  co_return found;
}

Async<> ContainerdContainers::create_record(ContainerSpec spec, std::string document, Deadline by) {
  api::containers::CreateContainerRequest request;
  auto& container = *request.mutable_container();
  container.set_id(spec.id);
  container.set_image(spec.image_name);
  for (const auto& [key, value] : spec.labels) (*container.mutable_labels())[key] = value;
  container.mutable_runtime()->set_name(options_.runtime);
  if (!spec.oci_runtime.empty() || spec.systemd_cgroup) {
    api::RuncOptions runc;
    runc.set_binary_name(spec.oci_runtime);
    runc.set_systemd_cgroup(spec.systemd_cgroup);
    auto& options = *container.mutable_runtime()->mutable_options();
    options.set_type_url(api::kRuncOptionsType);
    runc.SerializeToString(options.mutable_value());
  }
  container.mutable_spec()->set_type_url(kSpecType);
  container.mutable_spec()->set_value(std::move(document));
  container.set_snapshotter(options_.snapshotter);
  container.set_snapshot_key(spec.id);
  auto answer = co_await call(connection_, api::containers::kCreate, std::move(request), by);
  if (!answer) co_return std::move(answer).error();
  co_return ok();
}

Async<> ContainerdContainers::update_record(std::string id, std::string document, Deadline by) {
  api::containers::UpdateContainerRequest request;
  auto& container = *request.mutable_container();
  container.set_id(id);
  container.mutable_spec()->set_type_url(kSpecType);
  container.mutable_spec()->set_value(std::move(document));
  request.mutable_update_mask()->add_paths("spec");
  auto answer = co_await call(connection_, api::containers::kUpdate, std::move(request), by);
  if (!answer) co_return std::move(answer).error();
  co_return ok();
}

Async<std::vector<SnapshotMount>> ContainerdContainers::prepare_snapshot(std::string id,
                                                                         std::string parent,
                                                                         Deadline by) {
  api::snapshots::PrepareSnapshotRequest request;
  request.set_snapshotter(options_.snapshotter);
  request.set_key(id);
  request.set_parent(parent);
  api::snapshots::PrepareSnapshotRequest again = request;
  auto prepared = co_await call(connection_, api::snapshots::kPrepare, std::move(request), by);
  if (prepared.failed_with(Errc::Exists)) {
    // Its container record is new, so what wrote into this snapshot is gone.
    api::snapshots::RemoveSnapshotRequest stale;
    stale.set_snapshotter(options_.snapshotter);
    stale.set_key(id);
    auto removed = co_await call(connection_, api::snapshots::kRemove, std::move(stale), by);
    if (Result<> gone = unless_gone(removed); !gone) co_return std::move(gone).error();
    prepared = co_await call(connection_, api::snapshots::kPrepare, std::move(again), by);
  }
  if (!prepared) co_return std::move(prepared).error();
  co_return mounts_of(*prepared);
}

Async<std::vector<SnapshotMount>> ContainerdContainers::find_mounts(std::string id, Deadline by) {
  api::snapshots::MountsRequest request;
  request.set_snapshotter(options_.snapshotter);
  request.set_key(id);
  auto found = co_await call(connection_, api::snapshots::kMounts, std::move(request), by);
  if (!found) co_return std::move(found).error();
  co_return mounts_of(*found);
}

Async<> ContainerdContainers::create_process(ProcessSpec spec, std::vector<SnapshotMount> rootfs,
                                             Deadline by) {
  Result<Turns::Turn> turn = co_await shim_turns_.take(spec.group, by);
  if (!turn) co_return std::move(turn).error();
  api::tasks::CreateTaskRequest request;
  request.set_container_id(spec.id);
  for (const SnapshotMount& mount : rootfs) {
    auto& one = *request.add_rootfs();
    one.set_type(mount.type);
    one.set_source(mount.source);
    for (const std::string& option : mount.options) one.add_options(option);
  }
  request.set_stdout(spec.log_uri);
  // One logger serves both streams: the shim hands it standard error beside standard output.
  request.set_stderr(spec.log_uri);
  request.set_terminal(spec.terminal);
  auto answer = co_await call(connection_, api::tasks::kCreate, std::move(request), by);
  if (!answer) co_return in_runtime_words(std::move(answer).error());
  BERTH_CRASH_POINT("container.process-made");
  co_return ok();
}

Async<> ContainerdContainers::start(std::string id, Deadline by) {
  api::tasks::StartRequest request;
  request.set_container_id(id);
  auto started = co_await call(connection_, api::tasks::kStart, std::move(request), by);
  BERTH_CRASH_POINT("container.started");
  if (started) co_return ok();
  Error failed = std::move(started).error();
  if (is_no_answer(failed) || failed.code == Errc::NotFound) co_return failed;
  // source: containerd's shim, "cannot start a running process" and "... a stopped process": it was
  // started before, and how it ended is state()'s to tell.
  if (failed.message.find("cannot start a stopped process") != std::string::npos) co_return ok();
  Result<ContainerState> seen = co_await state(id, by);
  if (seen && seen->kind == ContainerState::Kind::Running) co_return ok();
  co_return in_runtime_words(std::move(failed));
}

Async<> ContainerdContainers::restart(ProcessSpec spec, Deadline by) {
  group_of_[spec.id] = spec.group;
  Result<ContainerState> seen = co_await state(spec.id, by);
  if (!seen) co_return std::move(seen).error();
  if (seen->kind == ContainerState::Kind::Stopped) {
    Result<> released = co_await release(spec.id, by);
    if (!released) co_return released;
  }
  const bool has_process =
      seen->kind == ContainerState::Kind::Created || seen->kind == ContainerState::Kind::Running;
  SystemClock clock;
  for (int round = 0; !has_process; ++round) {
    Result<std::vector<SnapshotMount>> rootfs = co_await find_mounts(spec.id, by);
    if (!rootfs) co_return std::move(rootfs).error();
    ProcessSpec again = spec;
    Result<> made = co_await create_process(std::move(again), std::move(*rootfs), by);
    if (made) break;
    // The shim of the group's last process is still on its way out.
    if (round == kClearingRounds || !is_being_cleared(made.error())) co_return made;
    Result<> waited = co_await clock.sleep(kClearingPause);
    if (!waited) co_return waited;
  }
  std::string id = spec.id;
  Result<> started = co_await start(std::move(id), by);
  co_return started;
}

Async<> ContainerdContainers::kill(std::string id, int signal, bool all, Deadline by) {
  api::tasks::KillRequest request;
  request.set_container_id(id);
  request.set_signal(static_cast<std::uint32_t>(signal));
  request.set_all(all);
  auto answer = co_await call(connection_, api::tasks::kKill, std::move(request), by);
  BERTH_CRASH_POINT("container.signalled");
  co_return unless_gone(answer);
}

Async<ContainerState> ContainerdContainers::state(std::string id, Deadline by) {
  api::tasks::GetRequest request;
  request.set_container_id(id);
  auto answer = co_await call(connection_, api::tasks::kGet, std::move(request), by);
  ContainerState state;
  if (answer.failed_with(Errc::NotFound)) co_return state;
  if (!answer) co_return std::move(answer).error();
  const auto& process = answer->process();
  state.pid = process.pid();
  switch (process.status()) {
    case ::containerd::v1::types::CREATED: state.kind = ContainerState::Kind::Created; break;
    case ::containerd::v1::types::RUNNING:
    case ::containerd::v1::types::PAUSED:
    case ::containerd::v1::types::PAUSING: state.kind = ContainerState::Kind::Running; break;
    case ::containerd::v1::types::STOPPED:
      state.kind = ContainerState::Kind::Stopped;
      state.pid.reset();
      state.exit = exit_status(process.exit_status(), process.exited_at());
      break;
    default:
      co_return Error{Errc::Unavailable, 0, "the state of " + id + " is unknown to its shim"};
  }
  co_return state;
}

Async<> ContainerdContainers::release(std::string id, Deadline by) {
  const auto group = group_of_.find(id);
  std::string name = group == group_of_.end() ? "" : group->second;
  Result<Turns::Turn> turn = co_await shim_turns_.take(std::move(name), by);
  if (!turn) co_return std::move(turn).error();

  Result<ContainerState> seen = co_await state(id, by);
  if (!seen) co_return std::move(seen).error();
  if (seen->kind == ContainerState::Kind::Absent) co_return ok();
  if (seen->kind != ContainerState::Kind::Stopped) {
    // One never started is killed, too: left to itself the shim would wait 2 s for its output to
    // end.
    Result<> ended = co_await kill_and_wait(id, by);
    if (!ended) co_return ended;
  }
  api::tasks::DeleteTaskRequest request;
  request.set_container_id(id);
  auto deleted = co_await call(connection_, api::tasks::kDelete, std::move(request), by);
  BERTH_CRASH_POINT("container.process-removed");
  co_return unless_gone(deleted);
}

Async<> ContainerdContainers::kill_and_wait(std::string id, Deadline by) {
  Result<> killed = co_await kill(id, SIGKILL, true, by);
  if (!killed) co_return killed;
  api::tasks::WaitRequest request;
  request.set_container_id(id);
  auto ended = co_await call(connection_, api::tasks::kWait, std::move(request), by);
  BERTH_CRASH_POINT("container.killed");
  co_return unless_gone(ended);
}

Async<> ContainerdContainers::remove(std::string id, Deadline by) {
  Result<> released = co_await release(id, by);
  if (!released) co_return released;

  api::containers::DeleteContainerRequest record;
  record.set_id(id);
  auto forgotten = co_await call(connection_, api::containers::kDelete, std::move(record), by);
  if (Result<> gone = unless_gone(forgotten); !gone) co_return gone;
  BERTH_CRASH_POINT("container.forgotten");

  api::snapshots::RemoveSnapshotRequest snapshot;
  snapshot.set_snapshotter(options_.snapshotter);
  snapshot.set_key(id);
  auto removed = co_await call(connection_, api::snapshots::kRemove, std::move(snapshot), by);
  if (Result<> gone = unless_gone(removed); !gone) co_return gone;
  BERTH_CRASH_POINT("container.snapshot-removed");
  group_of_.erase(id);
  co_return ok();
}

Async<std::vector<std::string>> ContainerdContainers::list(Deadline by) {
  api::containers::ListContainersRequest request;
  auto answer = co_await call(connection_, api::containers::kList, std::move(request), by);
  if (!answer) co_return std::move(answer).error();
  std::vector<std::string> ids;
  for (const auto& container : answer->containers()) ids.push_back(container.id());
  co_return ids;
}

}  // namespace berth::runtime
