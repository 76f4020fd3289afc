// worlds.hpp - the fake engine and a real one, to be asked the same.
#pragma once

#include "runtime/containerd.hpp"
#include "runtime/event_stream.hpp"
#include "tests/fakes/fake_runtime.hpp"
#include "tests/fakes/loop.hpp"
#include "tests/fakes/private_containerd.hpp"

namespace berth::testing {

struct FakeWorld {
  Loop loop;
  FakeEvents events{loop.io.get_executor()};
  FakeContainers containers{&events};

  runtime::ContainerSpec spec(const std::string& id) {
    runtime::ContainerSpec made;
    made.id = id;
    made.group = "task-" + id;
    made.args = {"sleep", "100"};
    return made;
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
  runtime::ContainerdEvents events{connection, clock};

  ~RealWorld() { loop.stop(); }

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

}  // namespace berth::testing
