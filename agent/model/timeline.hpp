// timeline.hpp - what happened to a task, line by line; pure data.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"

namespace berth::model {

/// What a line of a timeline speaks of.
enum class EntryKind : std::uint8_t {
  Accepted,        ///< the task was written down
  Queued,          ///< it asked for a part of the node
  Admitted,        ///< it has its part
  StepBegun,       ///< something began to be done for it
  StepDone,        ///< that was done; with its duration
  StepFailed,      ///< that failed, or was given up
  Pull,            ///< how far an image has come
  Seen,            ///< something happened by itself
  Status,          ///< the task or a container changed state or health
  Restart,         ///< a restart policy started a container again
  Verdict,         ///< why it died
  ReportWritten,   ///< a report to the control plane is safe on the disk
  ReportSent,      ///< it was sent
  ReportAccepted,  ///< the control plane took it
  ReportRefused,   ///< it did not
  Cleaned,         ///< the task was forgotten
};

/// The kinds' words in the file and in the admin API.
inline constexpr std::array<std::pair<EntryKind, std::string_view>, 16> kEntryKinds{{
    {EntryKind::Accepted, "accepted"},
    {EntryKind::Queued, "queued"},
    {EntryKind::Admitted, "admitted"},
    {EntryKind::StepBegun, "step-begun"},
    {EntryKind::StepDone, "step-done"},
    {EntryKind::StepFailed, "step-failed"},
    {EntryKind::Pull, "pull"},
    {EntryKind::Seen, "seen"},
    {EntryKind::Status, "status"},
    {EntryKind::Restart, "restart"},
    {EntryKind::Verdict, "verdict"},
    {EntryKind::ReportWritten, "report-written"},
    {EntryKind::ReportSent, "report-sent"},
    {EntryKind::ReportAccepted, "report-accepted"},
    {EntryKind::ReportRefused, "report-refused"},
    {EntryKind::Cleaned, "cleaned"},
}};

constexpr std::string_view name_of(EntryKind kind) {
  for (const auto& [known, name] : kEntryKinds) {
    if (known == kind) return name;
  }
  return "seen";
}

/// nullopt: no kind is called so.
constexpr std::optional<EntryKind> entry_kind(std::string_view name) {
  for (const auto& [kind, known] : kEntryKinds) {
    if (known == name) return kind;
  }
  return std::nullopt;
}

/// One line.
struct Entry {
  WallTime at{};
  EntryKind kind = EntryKind::Seen;
  std::string container;                          ///< its name; "" when the line is about the task
  std::string text;                               ///< for people
  std::optional<std::chrono::milliseconds> took;  ///< of what has ended here
  bool operator==(const Entry&) const = default;
};

/// All that is kept of one task, in the order in which it was noted.
struct Timeline {
  std::string task_arn;
  std::vector<Entry> entries;
  std::size_t gap_at = 0;     ///< how many entries stand before the gap
  std::int64_t left_out = 0;  ///< entries that were noted and are not kept; 0: there is no gap
  bool operator==(const Timeline&) const = default;
};

}  // namespace berth::model
