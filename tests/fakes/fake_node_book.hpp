// fake_node_book.hpp - what a node remembers, in memory; writes fail or wait when a test says so.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "agent/records/journal.hpp"
#include "tests/fakes/fail_plan.hpp"
#include "tests/fakes/latch.hpp"

namespace berth::testing {

/// Keeps the seam's promises: a write that fails has written nothing.
class FakeNodeBook final : public records::NodeBook {
 public:
  explicit FakeNodeBook(asio::any_io_executor executor) : writes(executor) {}

  FailPlan plan;  ///< counts writes
  Latch writes;   ///< each passes before it writes
  records::NodeIdentity known;
  std::map<std::pair<std::string, std::string>, std::string> changes;  ///< kind, name to old value
  std::pair<std::string, std::int64_t> manifest{"", -1};               ///< instance ARN, timeline
  model::ClusterNetwork told;
  WallTime pulse{};

  Async<records::NodeIdentity> identity() override {
    records::NodeIdentity copy = known;
    co_return copy;
  }
  Async<> keep_identity(records::NodeIdentity identity) override {
    BERTH_CO_CHECK(co_await write());
    known = std::move(identity);
    co_return ok();
  }
  Async<std::int64_t> manifest_timeline(std::string instance_arn) override {
    const std::int64_t timeline = manifest.first == instance_arn ? manifest.second : -1;
    co_return timeline;
  }
  Async<> keep_manifest_timeline(std::string instance_arn, std::int64_t timeline) override {
    BERTH_CO_CHECK(co_await write());
    manifest = {std::move(instance_arn), timeline};
    co_return ok();
  }
  Async<model::ClusterNetwork> network() override {
    model::ClusterNetwork copy = told;
    co_return copy;
  }
  Async<> keep_network(model::ClusterNetwork network) override {
    BERTH_CO_CHECK(co_await write());
    told = std::move(network);
    co_return ok();
  }
  Async<> keep_pulse(WallTime at) override {
    BERTH_CO_CHECK(co_await write());
    pulse = at;
    co_return ok();
  }
  Async<> note_host_change(records::HostChange change) override {
    BERTH_CO_CHECK(co_await write());
    changes.try_emplace({change.kind, change.name}, change.old_value);
    co_return ok();
  }
  Async<std::vector<records::HostChange>> host_changes() override {
    std::vector<records::HostChange> all;
    for (const auto& [what, old_value] : changes) {
      all.push_back({what.first, what.second, old_value});
    }
    co_return all;
  }

 private:
  Async<> write() {
    BERTH_CO_CHECK(co_await writes.pass());
    if (auto failed = plan.next()) co_return *failed;
    co_return ok();
  }
};

}  // namespace berth::testing
