// inventory.cpp - four lists, and the removal of what is left over.
#include "runtime/inventory.hpp"

#include "containerd_api/awaitable.hpp"
#include "containerd_api/containers.hpp"
#include "containerd_api/leases.hpp"
#include "containerd_api/tasks.hpp"
#include "runtime/oci_spec.hpp"
#include "runtime/snapshots.hpp"

namespace berth::runtime {

namespace api = containerd_api;
using api::call;

namespace {

// Where berth-pull unpacks: the lease holds it, and it goes with the lease.
constexpr std::string_view kExtractPrefix = "extract-";

}  // namespace

Async<Contents> ContainerdInventory::list(Deadline by) {
  Contents contents;
  Result<std::vector<std::string>> containers = co_await containers_.list(by);
  if (!containers) co_return std::move(containers).error();
  contents.containers = std::move(*containers);

  api::tasks::ListTasksRequest all_tasks;
  auto tasks = co_await call(connection_, api::tasks::kList, std::move(all_tasks), by);
  if (!tasks) co_return std::move(tasks).error();
  for (const auto& process : tasks->tasks()) contents.processes.push_back(process.id());

  Result<std::vector<SnapshotName>> snapshots =
      co_await list_snapshots(connection_, snapshotter_, by);
  if (!snapshots) co_return std::move(snapshots).error();
  for (SnapshotName& snapshot : *snapshots) {
    const bool is_of_pull = snapshot.key.starts_with(kExtractPrefix);
    if (snapshot.is_active && !is_of_pull) contents.snapshots.push_back(std::move(snapshot.key));
  }

  api::leases::ListRequest all_leases;
  auto leases = co_await call(connection_, api::leases::kList, std::move(all_leases), by);
  if (!leases) co_return std::move(leases).error();
  for (const auto& lease : leases->leases()) contents.leases.push_back(lease.id());
  co_return contents;
}

Async<> ContainerdInventory::remove_container(std::string id, Deadline by) {
  // The engine finds a process, to kill it, by the container's record alone.
  api::containers::CreateContainerRequest request;
  auto& container = *request.mutable_container();
  container.set_id(id);
  container.mutable_runtime()->set_name(runtime_);
  container.mutable_spec()->set_type_url(kSpecType);
  container.mutable_spec()->set_value("{}");
  auto recorded = co_await call(connection_, api::containers::kCreate, std::move(request), by);
  if (!recorded && !recorded.failed_with(Errc::Exists)) co_return std::move(recorded).error();
  Result<> removed = co_await containers_.remove(std::move(id), by);
  co_return removed;
}

Async<> ContainerdInventory::remove_lease(std::string id, Deadline by) {
  api::leases::DeleteRequest request;
  request.set_id(std::move(id));
  auto removed = co_await call(connection_, api::leases::kDelete, std::move(request), by);
  if (!removed && !removed.failed_with(Errc::NotFound)) co_return std::move(removed).error();
  co_return ok();
}

}  // namespace berth::runtime
