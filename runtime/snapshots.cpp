// snapshots.cpp - a stream that answers in portions.
#include "runtime/snapshots.hpp"

#include "containerd_api/awaitable.hpp"
#include "containerd_api/snapshots.hpp"

namespace berth::runtime {

namespace api = containerd_api;

Async<std::vector<SnapshotName>> list_snapshots(api::Connection& connection,
                                                std::string snapshotter, Deadline by) {
  api::snapshots::ListSnapshotsRequest list;
  list.set_snapshotter(std::move(snapshotter));
  auto stream = co_await api::subscribe(connection, api::snapshots::kList, std::move(list), by);
  if (!stream) co_return std::move(stream).error();
  std::vector<SnapshotName> names;
  while (true) {
    Result<std::optional<api::snapshots::ListSnapshotsResponse>> got = co_await stream->read();
    if (!got) co_return std::move(got).error();
    if (!*got) break;
    for (const auto& snapshot : (*got)->info()) {
      names.push_back({snapshot.name(), snapshot.kind() != api::snapshots::COMMITTED});
    }
  }
  Result<> ended = co_await stream->finish();
  if (!ended) co_return std::move(ended).error();
  co_return names;
}

}  // namespace berth::runtime
