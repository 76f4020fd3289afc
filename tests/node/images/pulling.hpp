// pulling.hpp - a containerd, a registry and berth-pull, and what containerd holds afterwards.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>

#include "base/json.hpp"
#include "base/spawner.hpp"
#include "containerd_api/awaitable.hpp"
#include "containerd_api/content.hpp"
#include "containerd_api/leases.hpp"
#include "containerd_api/snapshots.hpp"
#include "runtime/images.hpp"
#include "tests/fakes/loop.hpp"
#include "tests/fakes/own_netns.hpp"
#include "tests/fakes/private_containerd.hpp"
#include "tests/fakes/private_registry.hpp"

namespace berth::testing {

namespace api = containerd_api;

inline const auto* const own_netns = OwnNetns::for_this_program();

/// What one run of berth-pull said last, and its exit code.
struct PullRun {
  int exit_code = -1;
  std::string type;     ///< "result" or "error"
  std::string code;     ///< of an error
  std::string message;  ///< of an error
  std::string digest;
  std::uint64_t bytes = 0;
};

/// One containerd for all cases of the program; each case has its own namespace in it, so none
/// finds what another has pulled.
class Pulling : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!engine) engine = std::make_unique<PrivateContainerd>();
  }

  Pulling()
      : connection(loop.io.get_executor(), engine->socket(),
                   "t" + std::to_string(::getpid()) + "-" + std::to_string(++count)),
        hosts_dir(engine->scratch() + "/hosts-" + std::to_string(count)) {}

  /// Ends the engine while its folder is still there; the last suite of the program is the last.
  struct EndEngine : ::testing::Environment {
    void TearDown() override { engine.reset(); }
  };
  inline static const auto* const end_engine = ::testing::AddGlobalTestEnvironment(new EndEngine);

  std::vector<std::string> arguments(const std::string& image,
                                     const std::vector<std::string>& more = {}) const {
    std::vector<std::string> all{BERTH_BIN_DIR "/berth-pull", "--address=" + engine->socket(),
                                 "--namespace=" + connection.namespace_name(),
                                 "--hosts-dir=" + hosts_dir};
    all.insert(all.end(), more.begin(), more.end());
    all.push_back(image);
    return all;
  }

  Async<> pull_into(PullRun& run, std::vector<std::string> argv) {
    Command command{std::move(argv), {}, ""};
    auto on_line = [&run](std::string line) {
      const auto said = parse_json(line);
      if (!said) return;
      JsonReader in(*said, "line");
      run.type = in.text("type");
      run.code = in.text("code");
      run.message = in.text("message");
      run.digest = in.text("digest");
      run.bytes = static_cast<std::uint64_t>(in.integer("bytes"));
    };
    Result<Exited> exited = co_await spawner.run(std::move(command), on_line, by);
    if (!exited) co_return std::move(exited).error();
    run.exit_code = exited->code;
    co_return ok();
  }

  PullRun pull(const std::string& image, const std::vector<std::string>& more = {}) {
    PullRun run;
    const auto ran = loop.run(pull_into(run, arguments(image, more)));
    EXPECT_TRUE(ran) << ran.error();
    return run;
  }

  runtime::ImagesOptions images_options() const {
    runtime::ImagesOptions options;
    options.pull_program = BERTH_BIN_DIR "/berth-pull";
    options.hosts_dir = hosts_dir;
    return options;
  }
  runtime::ContainerdImages images() { return {connection, spawner, images_options()}; }

  void write_hosts(const std::string& registry, const std::string& text) {
    std::filesystem::create_directories(hosts_dir + "/" + registry);
    std::ofstream(hosts_dir + "/" + registry + "/hosts.toml") << text;
  }

  std::vector<std::string> leases() {
    auto listed = loop.run(api::call(connection, api::leases::kList, {}, by));
    std::vector<std::string> ids;
    for (const auto& lease : listed->leases()) ids.push_back(lease.id());
    return ids;
  }
  void delete_lease(const std::string& id) {
    api::leases::DeleteRequest request;
    request.set_id(id);
    request.set_sync(true);
    ASSERT_TRUE(loop.run(api::call(connection, api::leases::kDelete, request, by)));
  }
  /// Blobs begun and not committed: ref and how far each came.
  std::map<std::string, std::int64_t> begun() {
    auto listed = loop.run(api::call(connection, api::content::kListStatuses, {}, by));
    std::map<std::string, std::int64_t> statuses;
    for (const auto& status : listed->statuses()) statuses[status.ref()] = status.offset();
    return statuses;
  }
  std::vector<std::string> snapshots() {
    return loop.run(list_snapshots(connection, by)).value_or({"cannot be listed"});
  }
  bool has_blob(const std::string& digest) {
    api::content::InfoRequest request;
    request.set_digest(digest);
    return loop.run(api::call(connection, api::content::kInfo, request, by)).has_value();
  }

  inline static std::unique_ptr<PrivateContainerd> engine;
  inline static int count = 0;

  Loop loop;
  SystemSpawner spawner;
  api::Connection connection;
  std::string hosts_dir;
  const Deadline by = Deadline::after(std::chrono::seconds(100));

 private:
  static Async<std::vector<std::string>> list_snapshots(api::Connection& connection, Deadline by) {
    api::snapshots::ListSnapshotsRequest request;
    request.set_snapshotter("overlayfs");
    auto stream = co_await api::subscribe(connection, api::snapshots::kList, request, by);
    if (!stream) co_return std::move(stream).error();
    std::vector<std::string> names;
    while (true) {
      auto some = co_await stream->read();
      if (!some) co_return std::move(some).error();
      if (!*some) break;
      for (const auto& info : (*some)->info()) names.push_back(info.name());
    }
    Result<> ended = co_await stream->finish();
    if (!ended) co_return std::move(ended).error();
    co_return names;
  }
};

}  // namespace berth::testing
