// fake_runtime.hpp - images, containers and events that behave, without a container engine.
#pragma once

#include <csignal>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/channel.hpp"
#include "runtime/runtime.hpp"
#include "tests/fakes/fail_plan.hpp"

namespace berth::testing {

/// Events a test pushes itself, or that a FakeContainers tells. The first is a Gap, as the seam
/// says.
class FakeEvents final : public runtime::Events {
 public:
  explicit FakeEvents(asio::any_io_executor executor) : queue_(executor, 1024) {
    push(runtime::Gap{});
  }

  void push(runtime::Event event) { (void)queue_.push(std::move(event)); }

  Async<runtime::Event> next() override {
    Result<runtime::Event> event = co_await queue_.pop();
    co_return event;
  }

 private:
  Channel<runtime::Event, WhenFull::DropOldest> queue_;
};

/// Containers that are there once created and gone once removed; a released one has no process any
/// more (Absent) but is still in `all`. A started one runs until it is killed or a test calls
/// exit().
class FakeContainers final : public runtime::Containers {
 public:
  struct Container {
    runtime::ContainerSpec spec;
    runtime::ContainerState state;
    std::vector<int> signals;              ///< all that were sent, in order
    std::vector<runtime::ExecSpec> execs;  ///< all that were run, in order
    std::vector<Deadline> exec_limits;     ///< until when each might take
  };

  FailPlan plan;                         ///< counts every call of the seam
  std::map<std::string, Container> all;  ///< by id; what is on the node
  std::set<int> ignored_signals;  ///< what every first process ignores, as sleep does SIGTERM
  WallTime now{};                 ///< stamps exits
  /// What a command run inside gives; unset is exit code 0.
  std::function<Result<runtime::ExitStatus>(const std::string& id, const runtime::ExecSpec&)>
      on_exec;
  /// What start gives beyond the plan, such as Invalid for one container; unset is success.
  std::function<Result<>(const std::string& id)> on_start;

  /// events:  told of what happens here; may be null.
  explicit FakeContainers(FakeEvents* events = nullptr) : events_(events) {}

  /// The first process of a container ends.
  void exit(const std::string& id, int code) {
    Container& container = all.at(id);
    container.state = {runtime::ContainerState::Kind::Stopped, std::nullopt,
                       runtime::ExitStatus{code, now}};
    tell(runtime::ContainerExited{id, {code, now}});
  }

  /// The kernel kills the first process because the container used too much memory.
  void run_out_of_memory(const std::string& id) {
    tell(runtime::OutOfMemory{id});
    exit(id, 128 + SIGKILL);
  }

  Async<> create(runtime::ContainerSpec spec, Deadline) override {
    if (auto failed = plan.next()) co_return *failed;
    const auto found = all.find(spec.id);
    if (found != all.end() && found->second.state.kind != runtime::ContainerState::Kind::Absent) {
      co_return ok();
    }
    if (spec.args.empty()) co_return Error{Errc::Invalid, 0, "no command to run"};
    Container container;
    container.state.kind = runtime::ContainerState::Kind::Created;
    container.state.pid = next_pid_++;
    const std::string id = spec.id;
    container.spec = std::move(spec);
    all[id] = std::move(container);
    co_return ok();
  }

  Async<> start(std::string id, Deadline) override {
    if (auto failed = plan.next()) co_return *failed;
    const auto found = all.find(id);
    if (found == all.end() || found->second.state.kind == runtime::ContainerState::Kind::Absent) {
      co_return absent(id);
    }
    if (found->second.state.kind != runtime::ContainerState::Kind::Created) co_return ok();
    if (on_start) {
      Result<> started = on_start(id);
      if (!started) co_return started;
    }
    found->second.state.kind = runtime::ContainerState::Kind::Running;
    tell(runtime::Started{id, *found->second.state.pid});
    co_return ok();
  }

  Async<> restart(runtime::ProcessSpec spec, Deadline by) override {
    if (auto failed = plan.next()) co_return *failed;
    const auto found = all.find(spec.id);
    if (found == all.end()) co_return absent(spec.id);
    if (found->second.state.kind == runtime::ContainerState::Kind::Running) co_return ok();
    found->second.state = {runtime::ContainerState::Kind::Created, next_pid_++, std::nullopt};
    Result<> started = co_await start(spec.id, by);
    co_return started;
  }

  Async<> kill(std::string id, int signal, bool, Deadline) override {
    if (auto failed = plan.next()) co_return *failed;
    const auto found = all.find(id);
    if (found == all.end()) co_return ok();
    found->second.signals.push_back(signal);
    if (is_alive(found->second) && !ignored_signals.contains(signal)) exit(id, 128 + signal);
    co_return ok();
  }

  Async<runtime::ContainerState> state(std::string id, Deadline) override {
    if (auto failed = plan.next()) co_return *failed;
    const auto found = all.find(id);
    if (found == all.end()) co_return runtime::ContainerState{};
    co_return found->second.state;
  }

  Async<> release(std::string id, Deadline) override {
    if (auto failed = plan.next()) co_return *failed;
    const auto found = all.find(id);
    if (found == all.end()) co_return ok();
    if (found->second.state.kind == runtime::ContainerState::Kind::Running) {
      exit(id, 128 + SIGKILL);
    }
    found->second.state = {};
    co_return ok();
  }

  Async<> remove(std::string id, Deadline) override {
    if (auto failed = plan.next()) co_return *failed;
    const auto found = all.find(id);
    if (found == all.end()) co_return ok();
    if (found->second.state.kind == runtime::ContainerState::Kind::Running) {
      exit(id, 128 + SIGKILL);
    }
    all.erase(id);
    co_return ok();
  }

  Async<runtime::ExitStatus> exec(std::string id, runtime::ExecSpec what, Deadline by) override {
    if (auto failed = plan.next()) co_return *failed;
    const auto found = all.find(id);
    if (found == all.end() || !is_alive(found->second)) {
      co_return Error{Errc::NotFound, 0, "container " + id + " is not running"};
    }
    found->second.execs.push_back(what);
    found->second.exec_limits.push_back(by);
    if (on_exec) co_return on_exec(id, what);
    runtime::ExitStatus clean{0, now};
    co_return clean;
  }

  Async<std::vector<std::string>> list(Deadline) override {
    if (auto failed = plan.next()) co_return *failed;
    std::vector<std::string> ids;
    for (const auto& [id, container] : all) ids.push_back(id);
    co_return ids;
  }

 private:
  static bool is_alive(const Container& container) {
    return container.state.kind == runtime::ContainerState::Kind::Running ||
           container.state.kind == runtime::ContainerState::Kind::Created;
  }
  static Error absent(const std::string& id) { return {Errc::NotFound, 0, "no container " + id}; }
  void tell(runtime::Event event) {
    if (events_) events_->push(std::move(event));
  }

  FakeEvents* events_;
  std::int64_t next_pid_ = 1000;
};

/// Images that are here and images a registry has.
class FakeImages final : public runtime::Images {
 public:
  FailPlan plan;
  std::map<std::string, runtime::Image> here;         ///< by name; usable on this node
  std::map<std::string, runtime::Image> in_registry;  ///< by name; what pull finds
  std::vector<std::string> pulled;                    ///< names, in order
  std::optional<Error> download_fails;                ///< once the name is resolved

  Async<runtime::Image> find(std::string name, Deadline) override {
    if (auto failed = plan.next()) co_return *failed;
    const auto found = here.find(name);
    if (found == here.end()) co_return Error{Errc::NotFound, 0, "no image " + name};
    co_return found->second;
  }

  Async<runtime::Image> pull(std::string name, runtime::OnProgress on_progress, Deadline) override {
    if (auto failed = plan.next()) co_return *failed;
    const auto found = in_registry.find(name);
    if (found == in_registry.end()) {
      co_return Error{Errc::NotFound, 0, "no image " + name + " in its registry"};
    }
    if (on_progress) on_progress({"resolving", 0, 0, 0, 0});
    if (on_progress) on_progress({"downloading", 0, 1, 0, 1});
    if (download_fails) co_return *download_fails;
    if (on_progress) on_progress({"done", 1, 1, 1, 1});
    pulled.push_back(name);
    here[name] = found->second;
    co_return found->second;
  }

  Async<> remove(std::string name, Deadline) override {
    if (auto failed = plan.next()) co_return *failed;
    here.erase(name);
    co_return ok();
  }

  Async<std::vector<std::string>> list(Deadline) override {
    if (auto failed = plan.next()) co_return *failed;
    std::vector<std::string> names;
    for (const auto& [name, image] : here) names.push_back(name);
    co_return names;
  }

  std::vector<std::string> leases() const override { return held; }
  std::vector<std::string> held;  ///< what a test says that pulls hold
};

/// What is in the namespace: the containers of a FakeContainers, and what a test puts beside them.
class FakeInventory final : public runtime::Inventory {
 public:
  FailPlan plan;
  runtime::Contents beside;  ///< what no container of `containers` has

  explicit FakeInventory(FakeContainers& containers) : containers_(containers) {}

  Async<runtime::Contents> list(Deadline) override {
    if (auto failed = plan.next()) co_return *failed;
    runtime::Contents all = beside;
    for (const auto& [id, container] : containers_.all) {
      all.containers.push_back(id);
      all.snapshots.push_back(id);
      if (container.state.kind != runtime::ContainerState::Kind::Absent) {
        all.processes.push_back(id);
      }
    }
    co_return all;
  }

  Async<> remove_container(std::string id, Deadline by) override {
    if (auto failed = plan.next()) co_return *failed;
    for (auto* ids : {&beside.containers, &beside.processes, &beside.snapshots}) {
      std::erase(*ids, id);
    }
    Result<> removed = co_await containers_.remove(std::move(id), by);
    co_return removed;
  }

  Async<> remove_lease(std::string id, Deadline) override {
    if (auto failed = plan.next()) co_return *failed;
    std::erase(beside.leases, id);
    co_return ok();
  }

 private:
  FakeContainers& containers_;
};

}  // namespace berth::testing
