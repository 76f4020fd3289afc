// worlds.hpp - the fake engine and a real one, to be asked the same.
#pragma once

#include <gtest/gtest.h>

#include "containerd_api/awaitable.hpp"
#include "containerd_api/containers.hpp"
#include "runtime/containerd.hpp"
#include "runtime/event_stream.hpp"
#include "runtime/inventory.hpp"
#include "tests/fakes/fake_runtime.hpp"
#include "tests/fakes/loop.hpp"
#include "tests/fakes/private_containerd.hpp"

namespace berth::testing {

struct FakeWorld {
  Loop loop;
  FakeEvents events{loop.io.get_executor()};
  FakeContainers containers{&events};
  FakeInventory inventory{containers};

  runtime::ContainerSpec spec(const std::string& id) {
    runtime::ContainerSpec made;
    made.id = id;
    made.group = "task-" + id;
    made.args = {"sleep", "100"};
    return made;
  }
  void forget_record(const std::string& id) {
    containers.all.erase(id);
    inventory.beside.processes.push_back(id);
    inventory.beside.snapshots.push_back(id);
  }
};

struct RealWorld {
  PrivateContainerd containerd;
  Loop loop;
  SystemClock clock;
  Offload offload{1};
  containerd_api::Connection connection{loop.io.get_executor(), containerd.socket(),
                                        containerd.namespace_name()};
  runtime::ContainerdContainers containers{
      connection, offload, runtime::read_host_facts().value_or({}), {}};
  runtime::ContainerdInventory inventory{connection, containers, "io.containerd.runc.v2",
                                         "overlayfs"};
  runtime::ContainerdEvents events{connection, clock};

  ~RealWorld() { loop.stop(); }

  /// Forgets the container's record and nothing else, as no call of ours does.
  void forget_record(const std::string& id) {
    containerd_api::containers::DeleteContainerRequest request;
    request.set_id(id);
    const Deadline by = Deadline::after(std::chrono::seconds(30));
    EXPECT_TRUE(loop.run(containerd_api::call(connection, containerd_api::containers::kDelete,
                                              std::move(request), by)));
  }

  runtime::ContainerSpec spec(const std::string& id) {
    runtime::ContainerSpec made;
    made.id = id;
    made.group = "task-" + id;
    made.snapshot_parent = containerd.busybox();
    made.args = {"sleep", "100"};
    made.cgroup_path = containerd.cgroup_root() + "/" + id;
    return made;
  }
};

using Worlds = ::testing::Types<FakeWorld, RealWorld>;
class NameOfWorld {
 public:
  template <class World>
  static std::string GetName(int) {
    return std::is_same_v<World, FakeWorld> ? "Fake" : "Containerd";
  }
};

}  // namespace berth::testing
