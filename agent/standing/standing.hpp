// standing.hpp - keeps the task definitions of one directory running.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/engine/engine.hpp"
#include "agent/inbox/accept.hpp"
#include "agent/standing/reconcile.hpp"
#include "base/clock.hpp"
#include "base/followed_folder.hpp"
#include "base/offload.hpp"
#include "base/random.hpp"

namespace berth::standing {

/// Everything it works with. Outlives it.
struct Needs {
  engine::Engine& engine;
  Clock& clock;
  Offload& offload;
  std::function<model::Placement(const model::Task&)> place;
  /// Whether a task in awsvpc could get an interface on this node. fails: Invalid.
  std::function<Result<>(const model::Task&)> check_network;
  /// Gives it one, which is its own from then on. fails: Invalid, Exhausted.
  std::function<Result<>(model::Task&)> give_interface;
  /// What `place` and `give_interface` gave to a task that was not written down.
  std::function<void(const model::Record&)> take_back;
  inbox::Rules rules;
  std::string region;
  std::string directory;            ///< BERTH_TASKS_DIR
  std::vector<std::string> gpus{};  ///< ids of those that the node has
};

/// One file, for people.
struct FileState {
  std::string name;
  std::string family;    ///< of the version that is kept running; "" when there is none
  std::string task_arn;  ///< of the latest task started for it; "" before the first
  int failures = 0;      ///< tasks that ended soon, in a row
  std::optional<WallTime> starts_at;  ///< when the next task starts, while that is waited for
  std::string complaint;              ///< why the file as it is cannot be run; "" when it can
  bool operator==(const FileState&) const = default;
};

/// Starts, replaces and stops local tasks as their files come, change and go, and starts them again
/// when they end. What it knows of them is in their records, so a restart of the daemon changes
/// nothing. One instance for the daemon; loop thread.
class Standing {
 public:
  Standing(Needs needs, asio::any_io_executor executor);

  /// Works until it is cancelled. The engine has recovered its tasks before.
  Async<> run();

  /// A record of the engine has changed.
  void changed(const model::Record& record);

  /// Nothing is started or stopped until resume(); files are read meanwhile.
  void pause() { paused_ = true; }
  void resume();

  /// The networks of the node are others than before.
  void networks_changed();

  std::vector<FileState> files() const;

 private:
  /// A file's text and what it was understood as, so that it is read once for each version.
  struct Known {
    Result<std::string> text;
    File file;
  };

  void understand(Texts texts);
  File understand_one(const std::string& name, const Result<std::string>& text) const;
  void refuse_unknown_networks(Files& files) const;
  void note_complaints(const Files& files);
  void note_runs();
  Async<> act();
  std::set<std::string> gpus_taken() const;
  Async<> start(model::Task task);
  FollowedFolder::Moment next_start() const;

  Needs needs_;
  Random random_;
  FollowedFolder folder_;
  std::map<std::string, Known> known_;
  Files files_;  ///< as reconciled last
  Runs runs_;    ///< remembered for longer than their records are kept
  std::map<std::string, WallTime> waiting_;
  bool read_once_ = false;  ///< what the directory holds is known
  bool paused_ = false;
};

}  // namespace berth::standing
