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
#include "base/gate.hpp"
#include "base/nursery.hpp"

namespace berth::outbox {

/// Sends one body of SubmitTaskStateChange.
///
/// fails:  Invalid (the service will never take it: it is dropped for good), any other code (tried
///         again).
using Submit = std::function<Async<>(std::string body)>;

/// Hears what became of each report, for the task's timeline.
using Note =
    std::function<void(const std::string& task_arn, model::EntryKind kind, std::string text)>;

/// One instance for the daemon; loop thread. Reports of one task go out one after the other, those
/// of different tasks beside each other, at most 10 at once.
class Outbox {
 public:
  Outbox(records::ReportQueue& queue, Submit submit, std::function<void(std::string)> on_final,
         Note note, asio::any_io_executor executor);

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
  Async<> send_until_taken(records::QueuedReport report);
  Async<> wait_before_retry(std::chrono::milliseconds wait);

  records::ReportQueue& queue_;
  Submit submit_;
  std::function<void(std::string)> on_final_;  ///< a task's STOPPED was taken; its ARN
  Note note_;
  Nursery nursery_;
  Random random_;
  std::map<std::string, Line> lines_;  ///< by task ARN
  Gate in_flight_;
  asio::steady_timer retry_now_;
};

}  // namespace berth::outbox
