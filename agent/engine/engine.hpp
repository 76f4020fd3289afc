// engine.hpp - starts, finds and stops runners; brings them back after a restart.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/engine/task_runner.hpp"

namespace berth::engine {

/// Why a task that comes after drain() is refused.
inline constexpr const char* kDraining = "the node is being drained: it takes no new tasks";

/// All tasks of this node. One instance for the daemon; loop thread.
class Engine {
 public:
  Engine(Workshop workshop, asio::any_io_executor executor);

  /// Takes up tasks found in the journal: each looks at the world first.
  void recover(std::vector<model::Record> records);

  /// Writes a new task down (synced) and starts it. A task already known is left as it is.
  ///
  /// fails:  as Journal::commit; the task is not taken then.
  Async<> add(model::Record first);

  /// Wants a task stopped; returns once that is written down.
  ///
  /// fails:  NotFound (no such task here), Cancelled (the daemon is stopping).
  Async<> stop_task(std::string task_arn);

  /// The node stops a task, for a reason of its own. One that is stopping or unknown stays as it
  /// is.
  void give_up(const std::string& task_arn, model::Fault why);

  /// Stops every task, for that reason; from now on new ones are told to be stopped at once.
  void drain(const std::string& why);
  /// The node is not drained after all. What was told to stop stops.
  void take_again() { drained_.reset(); }

  /// The STOPPED report of the task was taken by the control plane.
  void final_accepted(const std::string& task_arn);

  /// Something happened to the container with this engine id; unknown ids are ignored.
  void tell(const std::string& container_id, Sight sight_of_container_0);

  /// An image is on its way for container `container`; unknown tasks are ignored.
  void pulled(const std::string& task_arn, std::size_t container, Progress progress);

  /// What the task waits for just now, or why it died; nullopt when it is not known here.
  std::optional<model::Why> why(const std::string& task_arn) const;

  /// Events may have been missed: every task looks at the world again.
  void look_again();

  bool knows(const std::string& task_arn) const { return runners_.contains(task_arn); }
  std::vector<std::shared_ptr<const model::Record>> records() const;

  /// Stops deciding and cancels what is being done. Tasks keep running; nothing is told of it.
  Async<> stop();

 private:
  void start(Facts facts);
  Async<> drive(std::string task_arn);
  void note(const std::string& task_arn, model::EntryKind kind, std::string text);

  Workshop workshop_;
  Nursery nursery_;
  std::optional<std::string> drained_;                          ///< why, while no new task is taken
  std::map<std::string, std::unique_ptr<TaskRunner>> runners_;  ///< by task ARN
  std::map<std::string, std::pair<std::string, std::size_t>> containers_;  ///< id to ARN and index
};

}  // namespace berth::engine
