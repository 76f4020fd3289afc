// engine.hpp - what every test of the real engine has: a containerd, and the seams over it.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <thread>

#include "runtime/containerd.hpp"
#include "tests/fakes/loop.hpp"
#include "tests/fakes/private_containerd.hpp"

namespace berth::testing {

class Engine : public ::testing::Test {
 protected:
  Engine()
      : offload(1),
        connection(loop.io.get_executor(), containerd.socket(), containerd.namespace_name()),
        containers(connection, offload, host_facts(), {}) {}
  void TearDown() override { loop.stop(); }

  static runtime::HostFacts host_facts() {
    auto facts = runtime::read_host_facts();
    return facts ? *facts : runtime::HostFacts{};
  }
  static Deadline soon() { return Deadline::after(std::chrono::seconds(30)); }

  /// A busybox container with its own cgroup; its output is in a file.
  runtime::ContainerSpec spec(std::string id, std::vector<std::string> args) {
    runtime::ContainerSpec made;
    made.id = id;
    made.group = "task-" + id;
    made.image_name = "busybox:test";
    made.snapshot_parent = containerd.busybox();
    made.args = std::move(args);
    made.cgroup_path = containerd.cgroup_root() + "/" + id;
    made.log_uri = "file://" + containerd.scratch() + "/" + id + ".log";
    return made;
  }

  std::string output_of(const std::string& id) const {
    std::ifstream in(containerd.scratch() + "/" + id + ".log");
    return {std::istreambuf_iterator<char>(in), {}};
  }

  /// True once the output has the words, at most 5 s later: the shim may write it after the end.
  bool says(const std::string& id, const std::string& words) const {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (output_of(id).find(words) == std::string::npos) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
  }

  Result<> create_and_start(runtime::ContainerSpec spec) {
    const std::string id = spec.id;
    BERTH_CHECK(loop.run(containers.create(std::move(spec), soon())));
    return loop.run(containers.start(id, soon()));
  }

  /// Waits for the end of the first process.
  Result<runtime::ExitStatus> end_of(const std::string& id) {
    while (true) {
      BERTH_TRY(auto seen, loop.run(containers.state(id, soon())));
      if (seen.exit) return *seen.exit;
      if (seen.kind == runtime::ContainerState::Kind::Absent) {
        return Error{Errc::NotFound, 0, id + " is absent"};
      }
    }
  }

  PrivateContainerd containerd;
  Loop loop;
  Offload offload;
  containerd_api::Connection connection;
  runtime::ContainerdContainers containers;
};

}  // namespace berth::testing
