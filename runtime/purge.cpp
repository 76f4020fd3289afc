// purge.cpp - emptying our namespace in containerd.
#include "runtime/purge.hpp"

#include "base/random.hpp"
#include "containerd_api/awaitable.hpp"
#include "containerd_api/content.hpp"
#include "containerd_api/images.hpp"
#include "containerd_api/leases.hpp"
#include "containerd_api/namespaces.hpp"
#include "containerd_api/snapshots.hpp"
#include "runtime/snapshots.hpp"

namespace berth::runtime {

namespace api = containerd_api;
using api::call;

namespace {

constexpr const char* kSnapshotter = "overlayfs";

/// All messages of a stream.
template <class Request, class Reply>
Async<std::vector<Reply>> read_all(api::Stream<Request, Reply> stream) {
  std::vector<Reply> all;
  while (true) {
    Result<std::optional<Reply>> got = co_await stream.read();
    if (!got) co_return std::move(got).error();
    if (!*got) break;
    all.push_back(std::move(**got));
  }
  Result<> ended = co_await stream.finish();
  if (!ended) co_return std::move(ended).error();
  co_return all;
}

Async<> remove_images(api::Connection& connection, Deadline by) {
  api::images::ListImagesRequest list;
  auto images = co_await call(connection, api::images::kList, std::move(list), by);
  if (!images) co_return std::move(images).error();
  for (const auto& image : images->images()) {
    api::images::DeleteImageRequest request;
    request.set_name(image.name());
    auto removed = co_await call(connection, api::images::kDelete, std::move(request), by);
    if (!removed && !removed.failed_with(Errc::NotFound)) co_return std::move(removed).error();
  }
  co_return ok();
}

Async<> remove_leases(api::Connection& connection, Deadline by) {
  api::leases::ListRequest list;
  auto leases = co_await call(connection, api::leases::kList, std::move(list), by);
  if (!leases) co_return std::move(leases).error();
  for (const auto& lease : leases->leases()) {
    api::leases::DeleteRequest request;
    request.set_id(lease.id());
    auto removed = co_await call(connection, api::leases::kDelete, std::move(request), by);
    if (!removed && !removed.failed_with(Errc::NotFound)) co_return std::move(removed).error();
  }
  co_return ok();
}

/// Has the engine's collector sweep now, and waits for it. By itself it may pause for minutes after
/// a sweep that took long; it comes at once when a lease is deleted in step with it.
Async<> sweep(api::Connection& connection, Deadline by) {
  const std::string id = "berth-purge-" + Random().hex(16);
  api::leases::CreateRequest create;
  create.set_id(id);
  auto created = co_await call(connection, api::leases::kCreate, std::move(create), by);
  if (!created) co_return std::move(created).error();
  api::leases::DeleteRequest remove;
  remove.set_id(id);
  remove.set_sync(true);
  auto swept = co_await call(connection, api::leases::kDelete, std::move(remove), by);
  if (!swept) co_return std::move(swept).error();
  co_return ok();
}

/// What nothing holds any longer the collector takes: here, the labels that say to keep a snapshot.
Async<> let_go(api::Connection& connection, std::string key, Deadline by) {
  api::snapshots::UpdateSnapshotRequest request;
  request.set_snapshotter(kSnapshotter);
  request.mutable_info()->set_name(std::move(key));
  request.mutable_update_mask()->add_paths("labels");
  auto updated = co_await call(connection, api::snapshots::kUpdate, std::move(request), by);
  if (!updated && !updated.failed_with(Errc::NotFound)) co_return std::move(updated).error();
  co_return ok();
}

/// A snapshot can go only after those that build on it: go round until none is left. One that was
/// removed already holds its parent until the engine's collector has swept it, and one that the
/// collector took by itself holds it for good: then only the collector can take the parent too.
Async<> remove_snapshots(api::Connection& connection, Deadline by) {
  bool has_swept = false;
  while (true) {
    Result<std::vector<SnapshotName>> names = co_await list_snapshots(connection, kSnapshotter, by);
    if (!names) co_return std::move(names).error();
    if (names->empty()) co_return ok();
    bool has_removed = false;
    std::optional<Error> last;
    for (const SnapshotName& name : *names) {
      api::snapshots::RemoveSnapshotRequest request;
      request.set_snapshotter(kSnapshotter);
      request.set_key(name.key);
      auto removed = co_await call(connection, api::snapshots::kRemove, std::move(request), by);
      if (removed || removed.failed_with(Errc::NotFound)) {
        has_removed = true;
      } else {
        last = std::move(removed).error();
      }
    }
    if (!has_removed) {
      if (has_swept) co_return *last;
      for (SnapshotName& name : *names) {
        Result<> gone = co_await let_go(connection, std::move(name.key), by);
        if (!gone) co_return gone;
      }
      Result<> swept = co_await sweep(connection, by);
      if (!swept) co_return swept;
    }
    has_swept = !has_removed;
  }
}

Async<> remove_content(api::Connection& connection, Deadline by) {
  api::content::ListContentRequest list;
  auto stream = co_await api::subscribe(connection, api::content::kList, std::move(list), by);
  if (!stream) co_return std::move(stream).error();
  auto answers = co_await read_all(std::move(*stream));
  if (!answers) co_return std::move(answers).error();
  for (const auto& answer : *answers) {
    for (const auto& blob : answer.info()) {
      api::content::DeleteContentRequest request;
      request.set_digest(blob.digest());
      auto removed = co_await call(connection, api::content::kDelete, std::move(request), by);
      if (!removed && !removed.failed_with(Errc::NotFound)) co_return std::move(removed).error();
    }
  }
  co_return ok();
}

}  // namespace

Async<> purge_namespace(api::Connection& connection, Containers& containers, Deadline by) {
  Result<std::vector<std::string>> ids = co_await containers.list(by);
  if (!ids) co_return std::move(ids).error();
  for (const std::string& id : *ids) {
    Result<> removed = co_await containers.remove(id, by);
    if (!removed) co_return std::move(removed).error().while_doing("remove container " + id);
  }
  Result<> step = co_await remove_images(connection, by);
  if (!step) co_return step;
  step = co_await remove_leases(connection, by);
  if (!step) co_return step;
  step = co_await remove_snapshots(connection, by);
  if (!step) co_return step;
  step = co_await remove_content(connection, by);
  if (!step) co_return step;

  api::namespaces::DeleteNamespaceRequest request;
  request.set_name(connection.namespace_name());
  auto removed = co_await call(connection, api::namespaces::kDelete, std::move(request), by);
  if (!removed && !removed.failed_with(Errc::NotFound)) co_return std::move(removed).error();
  co_return ok();
}

}  // namespace berth::runtime
