// unpack.cpp - layers onto containerd's snapshots.
#include "base/random.hpp"
#include "containerd_api/awaitable.hpp"
#include "containerd_api/diff.hpp"
#include "containerd_api/snapshots.hpp"
#include "images/store.hpp"

namespace berth::images {

namespace api = containerd_api;
namespace snapshots = containerd_api::snapshots;
using containerd_api::call;

Async<bool> Store::has_snapshot(std::string chain_id, Deadline by) {
  snapshots::StatSnapshotRequest request;
  request.set_snapshotter(snapshotter_);
  request.set_key(chain_id);
  for (int look = 0; look < 2; ++look) {
    auto found = co_await call(connection_, snapshots::kStat, request, by);
    if (found.failed_with(Errc::NotFound)) co_return false;
    if (!found) co_return std::move(found).error();
    // Held after the first look; the second one tells whether that was in time.
    if (look == 0) BERTH_CO_CHECK(co_await hold("snapshots/" + snapshotter_, chain_id, by));
  }
  co_return true;
}

Async<> Store::unpack(Unpacking what, Deadline by) {
  const std::string key = "extract-" + Random().hex(16) + " " + what.chain_id;
  Result<> filled = co_await fill(key, what, by);
  if (filled) co_return ok();
  snapshots::RemoveSnapshotRequest remove;
  remove.set_snapshotter(snapshotter_);
  remove.set_key(key);
  [[maybe_unused]] auto removed =
      co_await call(connection_, snapshots::kRemove, std::move(remove), by);
  // Another pull of the same layer was faster.
  if (filled.failed_with(Errc::Exists)) co_return ok();
  co_return filled;
}

Async<> Store::fill(std::string key, Unpacking what, Deadline by) {
  snapshots::PrepareSnapshotRequest prepare;
  prepare.set_snapshotter(snapshotter_);
  prepare.set_key(key);
  prepare.set_parent(what.parent);
  auto prepared = co_await call(connection_, snapshots::kPrepare, std::move(prepare), by, lease_);
  if (!prepared) co_return std::move(prepared).error();

  api::diff::ApplyRequest apply;
  apply.mutable_diff()->set_media_type(what.layer.media_type);
  apply.mutable_diff()->set_digest(what.layer.digest);
  apply.mutable_diff()->set_size(what.layer.size);
  *apply.mutable_mounts() = prepared->mounts();
  auto applied = co_await call(connection_, api::diff::kApply, std::move(apply), by, lease_);
  if (!applied) co_return std::move(applied).error();
  if (applied->applied().digest() != what.diff_id) {
    co_return Error{Errc::Broken, 0,
                    "unpacked it is " + applied->applied().digest() +
                        ", the image's configuration says " + what.diff_id};
  }

  snapshots::CommitSnapshotRequest commit;
  commit.set_snapshotter(snapshotter_);
  commit.set_key(key);
  commit.set_name(what.chain_id);
  auto committed = co_await call(connection_, snapshots::kCommit, std::move(commit), by, lease_);
  if (!committed) co_return std::move(committed).error();
  co_return ok();
}

}  // namespace berth::images
