// address_watch.hpp - hears when somebody else on a LAN uses the address of a task that runs.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/steps/lan_conflicts.hpp"
#include "agent/steps/tools.hpp"
#include "base/nursery.hpp"
#include "netns/lan_ear.hpp"

namespace berth::steps {

/// Has an ear on each LAN device that tasks are reached by, for as long as they are. Nothing wakes
/// it but frames about their addresses. What it hears is told once a minute for each machine, and
/// answered by an announcement, at most one in ten seconds; the task goes on. One for the daemon;
/// loop thread.
class AddressWatch {
 public:
  struct Needs {
    Tools& tools;
    std::function<std::vector<RecordPtr>()> records;  ///< of all tasks, as they are now
    /// A line for the task's timeline.
    std::function<void(const std::string& task_arn, std::string text)> note;
  };
  AddressWatch(Needs needs, asio::any_io_executor executor);

  /// Runs until cancelled. First of all it takes up the tasks that are there.
  Async<> run();

  /// A task's record has changed: its address may be its own now, or no more.
  /// One that is not is let go of at once: an ear keeps the namespace it is in.
  void changed(const model::Record& record);
  /// Devices have come, or changed: ears may be on ones that are gone.
  void devices_changed();

  /// run() has ended. Waits for those who listen.
  Async<> stop() { return nursery_.stop(); }

 private:
  struct Ear {
    std::optional<netns::LanEar> ear;                ///< nullopt: there is one already
    bool answers_probes = false;                     ///< the kernel does not
    std::map<netns::IpAddress, std::string> owners;  ///< ARNs of tasks
    std::string coroutine = {};
  };
  using EarPtr = std::shared_ptr<Ear>;
  using Ears = std::map<std::string, EarPtr>;  ///< by place, device and family

  static Ears find_ears(const Tools& tools, const std::vector<RecordPtr>& records,
                        const std::set<std::string>& open);
  Async<> look();
  void take(Ears found);
  void follow(const std::string& key, Ear& ear);
  void close(Ears::iterator ear);
  void let_go(const std::string& task_arn);
  Async<> listen(EarPtr ear);
  void heard(Ear& ear, const netns::Claim& claim);

  Needs needs_;
  Nursery nursery_;
  asio::steady_timer changed_;  ///< cancelled when there is something to look at
  bool is_stale_ = true;
  std::set<std::string> tasks_;  ///< ARNs of those whose addresses are theirs
  Ears ears_;
  LanConflicts conflicts_;
  int count_ = 0;  ///< of ears, ever
};

}  // namespace berth::steps
