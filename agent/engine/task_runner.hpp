// task_runner.hpp - one coroutine for each task; the only writer of its record.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "agent/engine/explain.hpp"
#include "agent/engine/facts.hpp"
#include "agent/engine/hands.hpp"
#include "agent/engine/observed.hpp"
#include "agent/engine/recorder.hpp"
#include "agent/records/journal.hpp"
#include "agent/records/timeline.hpp"
#include "base/channel.hpp"
#include "base/clock.hpp"
#include "base/nursery.hpp"

namespace berth::engine {

/// What of a record the control plane has to hear now; nullopt when it has heard everything.
/// Given by agent/outbox; pure.
using ReportMaker = std::function<std::optional<records::Report>(const model::Record&)>;

/// Everything a runner works with; outlives all runners.
struct Workshop {
  Hands& hands;
  records::Journal& journal;
  records::Timeline& timeline;
  Clock& clock;
  ReportMaker make_report;
  std::function<void(records::QueuedReport)> on_report;  ///< it is written down: send it
  std::function<void(const model::Record&)> on_change;   ///< for health and the local API
  bool pull_failure_stops_task = false;                  ///< ECS_IMAGE_PULL_BEHAVIOR
  std::string boot_id{};                                 ///< of the boot this process runs in
};

/// Lives as long as its task. Loop thread. Decides, has steps done, applies what is seen, writes it
/// down; a step that fails is an observation, too.
class TaskRunner {
 public:
  TaskRunner(Workshop& workshop, Facts facts, Nursery& nursery);

  /// Runs until the task is over (cleaned up and forgotten) or the nursery stops.
  Async<> run();

  /// Puts something seen into the mailbox. `written` is called once the record that shows it is
  /// safe on the disk; for a task that is over, at once. When too much is waiting the sight is
  /// dropped and a look replaces it.
  void tell(Sight sight, std::function<void()> written = {});

  /// An image of the task is on its way.
  void pulled(std::size_t container, Progress progress);

  /// What the task waits for just now, or why it died.
  model::Why why() const;

  /// The record as it is now; the value behind it does not change.
  std::shared_ptr<const model::Record> record() const { return record_; }

 private:
  struct Letter {
    Observed observed;
    std::function<void()> written;
  };

  void begin_steps();
  void cancel_moot_steps();
  bool waits_for_nothing(const Step& step) const;
  Async<> perform(Step step);
  void see(const Observed& observed);
  void heed_clock();
  Async<> take_letters(Letter first);
  Async<> write_down(bool synced);
  void log_changes(const model::Record& before) const;

  Workshop& workshop_;
  Facts facts_;
  Nursery& nursery_;
  std::shared_ptr<const model::Record> record_;
  Channel<Letter, WhenFull::Refuse> mailbox_;
  Recorder recorder_;
  std::set<Step> given_up_;                     ///< in flight, and told to end
  std::optional<model::Waiting> held_by_disk_;  ///< while the record cannot be written
  bool missed_ = false;                         ///< a sight was dropped
  bool over_ = false;                           ///< nobody reads the mailbox any more
};

}  // namespace berth::engine
