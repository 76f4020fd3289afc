// outbox.hpp - sends the reports that are written down, in order, until each is taken.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <functional>
#include <map>
#include <string>

#include "agent/model/timeline.hpp"
#include "agent/records/journal.hpp"
#include "base/backoff.hpp"
#include "base/clock.hpp"
#include "base/gate.hpp"
#include "base/nursery.hpp"

namespace berth::outbox {

/// Sends the body of one report by the call it is for.
///
/// fails:  Invalid (the service will never take it: it is dropped for good), any other code (tried
///         again).
using Submit = std::function<Async<>(records::Report report)>;

/// Hears what became of each report, for the task's timeline.
using Note =
    std::function<void(const std::string& task_arn, model::EntryKind kind, std::string text)>;

/// One instance for the daemon; loop thread. Reports of one task go out one after the other, those
/// of different tasks beside each other, at most 10 at once. One that nobody wants to hear any more
/// is not sent; whoever made it forgets it.
class Outbox {
 public:
  /// on_taken: hears of each report that is settled: taken, or refused for good.
  Outbox(records::ReportQueue& queue, Clock& clock, Submit submit,
         std::function<void(const records::QueuedReport&)> on_taken, Note note,
         asio::any_io_executor executor);

  /// Takes up what an earlier run left unsent; before anything is offered.
  Async<> recover();

  /// Sends a report that was just written down.
  void offer(records::QueuedReport report);

  /// The control plane is reachable again: whoever waits for its next try tries now.
  void try_now();

  std::size_t waiting() const;

  /// True while a report of this task waits to be taken.
  bool is_telling_of(const std::string& task_arn) const;

  Async<> stop();

 private:
  /// Reports of one task, and whether a coroutine is sending them.
  struct Line {
    std::deque<records::QueuedReport> reports;
    bool sending = false;
  };
  Async<> send_line(std::string task_arn);
  /// False when it expired.
  Async<bool> send_until_taken(records::QueuedReport report);
  Async<> note_taken(records::QueuedReport report);
  void note(const records::Report& report, model::EntryKind kind, std::string text) const;
  bool has_expired(const records::Report& report) const;
  Async<> wait_before_retry(std::chrono::milliseconds wait);

  records::ReportQueue& queue_;
  Clock& clock_;
  Submit submit_;
  std::function<void(const records::QueuedReport&)> on_taken_;
  Note note_;
  Nursery nursery_;
  Random random_;
  std::map<std::string, Line> lines_;  ///< by task ARN
  Gate in_flight_;
  asio::steady_timer retry_now_;
};

}  // namespace berth::outbox
