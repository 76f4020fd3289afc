// attachments.hpp - what the control plane said will be plugged in, until it is or its time is
// over.
//
//   announced ──NIC seen──▶ telling ──report taken──▶ told
//       │                      │
//       └──────deadline────────┴──▶ withdrawn: nothing is told
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "agent/model/timeline.hpp"
#include "agent/model/why.hpp"
#include "agent/records/attachment.hpp"
#include "base/clock.hpp"
#include "base/nursery.hpp"
#include "netns/spec.hpp"

namespace berth::attachments {

/// Everything the attachments work with. Outlives them.
struct Needs {
  records::AttachmentBook& book;
  Clock& clock;
  std::function<Async<bool>(netns::MacAddress)> has_device;  ///< as Arrivals::is_there
  std::function<Async<>(netns::MacAddress)> await_device;    ///< as Arrivals::await
  /// That it is there, as the control plane is told.
  std::function<records::Report(const records::Attachment&)> report_of;
  std::function<void(records::QueuedReport)> offer;  ///< a report was written down: send it
  std::function<bool(const std::string& task_arn)> knows_task;
  /// For the timeline of the task whose interface it is.
  std::function<void(const std::string& task_arn, std::string text)> note;
};

/// What a task's network needs before it can be made.
struct Wanted {
  std::string task_arn;
  std::string mac;     ///< of its interface
  std::string device;  ///< MAC of the NIC that must be there: the same, or that of its trunk
  bool must_be_announced = true;
};

/// One instance for the daemon; loop thread. There is one attachment for each MAC.
class Attachments {
 public:
  Attachments(Needs needs, asio::any_io_executor executor);

  /// Reads those of an earlier run and withdraws what is over, with its reports: before the outbox
  /// takes up its own.
  Async<> recover();
  /// Goes on with them, each in the time it has left: after that.
  void begin();

  /// Writes one down and waits for its NIC; returns once it is written. One that berth makes itself
  /// is there at once. again: yes, a known one changes nothing and its time runs on; another
  /// attachment of the same MAC takes its place.
  ///
  /// fails:  as the book; nothing is known of it then.
  Async<> announce(records::Attachment attachment);

  /// The control plane took this report: the time of its attachment no longer matters.
  void told(std::int64_t report);

  /// Waits until the NIC of a task's interface is on the host, until the time of its attachment is
  /// over.
  ///
  /// fails:  NotFound (never announced, or not there in time; names MAC and times), Cancelled, or
  /// as
  ///         has_device.
  Async<> await_nic(Wanted wanted);

  /// What await_nic waits for on behalf of the task; nullopt when it does not.
  std::optional<model::Waiting> waits_for(const std::string& task_arn) const;

  Async<> stop();

 private:
  records::Attachment* find(const std::string& mac, const std::string& arn);
  const records::Attachment* find_any(const std::string& mac, const std::string& device) const;
  void follow(const records::Attachment& attachment);
  Async<> follow_to_the_end(records::Attachment attachment);
  Async<> see_in_time(records::Attachment attachment);
  Async<> write_seen(records::Attachment attachment);
  Async<> withdraw(records::Attachment attachment);
  /// True once the NIC is there, false when the moment came first.
  Async<bool> comes_before(netns::MacAddress device, WallTime until);
  static std::string time_given(const records::Attachment& attachment);  ///< "5m0s"
  Error never_came(const Wanted& wanted) const;
  void forget_stale();

  Needs needs_;
  Nursery nursery_;
  std::map<std::string, records::Attachment> all_;  ///< by MAC
  std::deque<records::Attachment> expired_;        ///< the last few, for the reasons of their tasks
  std::map<std::string, model::Waiting> waiting_;  ///< by task ARN
};

}  // namespace berth::attachments
