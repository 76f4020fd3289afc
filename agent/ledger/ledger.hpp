// ledger.hpp - which objects a record stands for, and how the node differs from that; pure.
//
// A task's record is committed to the disk before anything is made for it, and the names of all its
// objects follow from the record: so the records are the ledger, written ahead.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agent/ledger/object.hpp"
#include "agent/model/record.hpp"

namespace berth::ledger {

/// Whether an object has to be on the node now.
enum class Presence : std::uint8_t {
  Must,     ///< the task works with it
  May,      ///< being made or taken away, or kept until the task is cleaned up
  MustNot,  ///< it was taken away
};

struct Entry {
  Object object;
  Presence presence = Presence::May;
  bool operator==(const Entry&) const = default;
};
using Entries = std::vector<Entry>;
using RecordPtr = std::shared_ptr<const model::Record>;

/// One entry for each object the task ever has on this node.
Entries entries_of(const model::Record& record);

/// The same for what all tasks share.
///
/// noted:   table, forwarding, as they were written down before they were changed.
/// records: those with a network of their own need the shared things.
Entries entries_of_host(const std::vector<Object>& noted, const std::vector<RecordPtr>& records);

/// One difference between the ledger and the node.
struct Finding {
  enum class Kind : std::uint8_t {
    Orphan,   ///< it is there, and nobody has it
    Missing,  ///< a task works with it, and it is not there
  };
  Kind kind = Kind::Orphan;
  Object object;
  std::string reason;  ///< for people
  auto operator<=>(const Finding&) const = default;
};

std::string_view name_of(Finding::Kind kind);

/// All differences, sorted: orphans first, in an order in which they can be removed.
std::vector<Finding> compare(const Entries& entries, const std::vector<Object>& found);

/// Those of `before` that are still so.
std::vector<Finding> confirmed(const std::vector<Finding>& before, const std::vector<Finding>& now);

}  // namespace berth::ledger
