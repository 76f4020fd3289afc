// attachment.hpp - the seam to the network interfaces that were announced and must survive a crash.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/records/journal.hpp"

namespace berth::records {

/// How far an announced interface has come.
enum class AttachmentState : std::uint8_t {
  Awaited,  ///< its NIC was not seen yet
  Telling,  ///< it is there; the report that says so waits to be taken
  Told,     ///< the control plane knows, or there was nothing to tell
};

/// A network interface that the control plane announced, for a task or for the instance.
/// source: AttachTaskNetworkInterfacesMessage, AttachInstanceNetworkInterfacesMessage.
struct Attachment {
  std::string mac;       ///< of the interface, in lower case; there is one attachment for each
  std::string arn;       ///< of the attachment; "": it was given none, and nothing is told of it
  std::string task_arn;  ///< "": it is the instance's own
  std::string device;  ///< MAC of the NIC that has to appear for it; "": berth makes the interface
  WallTime announced_at{};
  WallTime expires_at{};  ///< when the control plane stops waiting for it
  AttachmentState state = AttachmentState::Awaited;
  std::int64_t report = 0;  ///< sequence of the report that it is there; 0 without one
  bool operator==(const Attachment&) const = default;
};

/// How long an attachment that was told is remembered past its deadline while its task has not
/// come: a payload sent in the last moment finds it.
inline constexpr std::chrono::hours kAttachmentGrace{1};

/// One instance for the daemon; loop thread. All writes are synced.
class AttachmentBook {
 public:
  virtual ~AttachmentBook() = default;

  /// Writes it down; with `there`, together with the report that it is there. again: yes, a MAC
  /// already known under the same attachment changes and queues nothing; another attachment of the
  /// same MAC takes its place, and a report not taken goes with the former. Those told whose task
  /// never came are forgotten.
  virtual Async<std::optional<QueuedReport>> announce(Attachment attachment,
                                                      std::optional<Report> there) = 0;

  /// It is there: queues the report; without one there is nothing to tell. nullopt, too, when the
  /// attachment is not awaited (any more). Of it only the MAC, the name and the task are looked at.
  virtual Async<std::optional<QueuedReport>> appeared(Attachment attachment,
                                                      std::optional<Report> there) = 0;

  /// Nobody waits for it any more: forgets it, and its report if it was not taken. again: yes.
  virtual Async<> withdraw(std::string mac) = 0;

  virtual Async<std::vector<Attachment>> attachments() = 0;
};

}  // namespace berth::records
