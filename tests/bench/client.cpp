// client.cpp - berth-bench-client: the bare calls with which containerd starts a container, timed.
//
// What berth's own figures are compared with: snapshots.Prepare, containers.Create, tasks.Create
// and tasks.Start, nothing more, of one OCI document. Prints one JSON object: the milliseconds of
// each start, from the first call to the last answer, and of all of them together.
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "containerd_api/awaitable.hpp"
#include "containerd_api/containers.hpp"
#include "containerd_api/snapshots.hpp"
#include "containerd_api/tasks.hpp"

namespace berth::bench {
namespace {

namespace api = containerd_api;
using Clock = std::chrono::steady_clock;

constexpr const char* kSnapshotter = "overlayfs";
constexpr const char* kRuntime = "io.containerd.runc.v2";
constexpr const char* kSpecType = "types.containerd.io/opencontainers/runtime-spec/1/Spec";
constexpr std::chrono::seconds kLongest{60};
constexpr std::uint32_t kSigkill = 9;

struct Options {
  std::string socket, namespace_name, document_file, image_chain_id;
  int count = 0;
  int in_flight = 0;
};

/// One run: `count` containers, started by `in_flight` workers. Owned by main, outlives them.
struct Run {
  api::Connection& connection;
  const Options& options;
  nlohmann::json document;
  int next = 0;
  std::vector<double> milliseconds;
  std::vector<std::string> made;
  std::string failure;
};

double milliseconds_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

/// The document under a name of its own, so that its cgroup is, too.
std::string document_of(const Run& run, const std::string& id) {
  nlohmann::json document = run.document;
  document["linux"]["cgroupsPath"] = "/" + run.options.namespace_name + "/" + id;
  return document.dump();
}

Async<> start(Run& run, std::string id) {
  const Deadline by = Deadline::after(kLongest);
  api::snapshots::PrepareSnapshotRequest snapshot;
  snapshot.set_snapshotter(kSnapshotter);
  snapshot.set_key(id);
  snapshot.set_parent(run.options.image_chain_id);
  // Nothing refers to it yet, and the collector may come by.
  (*snapshot.mutable_labels())["containerd.io/gc.root"] = "berth-bench-client";
  auto prepared =
      co_await api::call(run.connection, api::snapshots::kPrepare, std::move(snapshot), by);
  if (!prepared) co_return std::move(prepared).error();

  api::containers::CreateContainerRequest record;
  record.mutable_container()->set_id(id);
  record.mutable_container()->mutable_runtime()->set_name(kRuntime);
  record.mutable_container()->mutable_spec()->set_type_url(kSpecType);
  record.mutable_container()->mutable_spec()->set_value(document_of(run, id));
  record.mutable_container()->set_snapshotter(kSnapshotter);
  record.mutable_container()->set_snapshot_key(id);
  auto recorded =
      co_await api::call(run.connection, api::containers::kCreate, std::move(record), by);
  if (!recorded) co_return std::move(recorded).error();

  api::tasks::CreateTaskRequest process;
  process.set_container_id(id);
  *process.mutable_rootfs() = prepared->mounts();
  auto created = co_await api::call(run.connection, api::tasks::kCreate, std::move(process), by);
  if (!created) co_return std::move(created).error();

  api::tasks::StartRequest begin;
  begin.set_container_id(id);
  auto started = co_await api::call(run.connection, api::tasks::kStart, std::move(begin), by);
  if (!started) co_return std::move(started).error();
  co_return ok();
}

/// Removes what start() made, as far as it came; not timed.
Async<> remove(Run& run, std::string id) {
  const Deadline by = Deadline::after(kLongest);
  api::tasks::KillRequest kill;
  kill.set_container_id(id);
  kill.set_signal(kSigkill);
  auto killed = co_await api::call(run.connection, api::tasks::kKill, std::move(kill), by);
  if (killed) {
    api::tasks::WaitRequest wait;
    wait.set_container_id(id);
    auto ended = co_await api::call(run.connection, api::tasks::kWait, std::move(wait), by);
    if (!ended) co_return std::move(ended).error();
  }
  api::tasks::DeleteTaskRequest process;
  process.set_container_id(id);
  auto deleted = co_await api::call(run.connection, api::tasks::kDelete, std::move(process), by);
  if (!deleted && !deleted.failed_with(Errc::NotFound)) co_return std::move(deleted).error();
  api::containers::DeleteContainerRequest record;
  record.set_id(id);
  auto forgotten =
      co_await api::call(run.connection, api::containers::kDelete, std::move(record), by);
  if (!forgotten && !forgotten.failed_with(Errc::NotFound)) co_return std::move(forgotten).error();
  api::snapshots::RemoveSnapshotRequest snapshot;
  snapshot.set_snapshotter(kSnapshotter);
  snapshot.set_key(id);
  auto removed =
      co_await api::call(run.connection, api::snapshots::kRemove, std::move(snapshot), by);
  if (!removed && !removed.failed_with(Errc::NotFound)) co_return std::move(removed).error();
  co_return ok();
}

Async<> work(Run& run) {
  while (run.next < run.options.count && run.failure.empty()) {
    const std::string id = "raw-" + std::to_string(::getpid()) + "-" + std::to_string(run.next++);
    run.made.push_back(id);
    const Clock::time_point begin = Clock::now();
    Result<> started = co_await start(run, id);
    if (!started) co_return std::move(started).error();
    run.milliseconds.push_back(milliseconds_since(begin));
  }
  co_return ok();
}

Async<> clear(Run& run) {
  for (const std::string& id : run.made) {
    Result<> removed = co_await remove(run, id);
    if (!removed) co_return removed;
  }
  co_return ok();
}

int measure(const Options& options) {
  std::ifstream file(options.document_file);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  asio::io_context io;
  api::Connection connection(io.get_executor(), options.socket, options.namespace_name);
  Run run{connection, options, nlohmann::json::parse(text, nullptr, false), 0, {}, {}, ""};
  if (run.document.is_discarded()) {
    std::fprintf(stderr, "%s: not JSON\n", options.document_file.c_str());
    return 2;
  }
  auto note = [&run](std::exception_ptr bug, Result<> outcome) {
    if (bug) std::rethrow_exception(bug);
    if (!outcome && run.failure.empty()) run.failure = outcome.error().message;
  };
  const Clock::time_point begin = Clock::now();
  for (int i = 0; i < options.in_flight; ++i) asio::co_spawn(io, work(run), note);
  io.run();
  const double all = milliseconds_since(begin);

  io.restart();
  asio::co_spawn(io, clear(run), note);
  io.run();
  if (!run.failure.empty()) {
    std::fprintf(stderr, "berth-bench-client: %s\n", run.failure.c_str());
    return 1;
  }
  const nlohmann::json answer{{"each", run.milliseconds}, {"all", all}};
  std::printf("%s\n", answer.dump().c_str());
  return 0;
}

}  // namespace
}  // namespace berth::bench

int main(int argc, char** argv) {
  if (argc != 7) {
    std::fprintf(stderr,
                 "usage: berth-bench-client SOCKET NAMESPACE DOCUMENT CHAIN-ID COUNT IN-FLIGHT\n");
    return 2;
  }
  const berth::bench::Options options{
      argv[1], argv[2], argv[3], argv[4], std::atoi(argv[5]), std::atoi(argv[6])};
  return berth::bench::measure(options);
}
