// auditor.hpp - what nobody owns and what somebody lacks; and taking the first away.
#pragma once

#include <string>
#include <vector>

#include "agent/upkeep/gather.hpp"
#include "base/gate.hpp"

namespace berth::upkeep {

struct Audit {
  std::vector<ledger::Finding> findings;  ///< what differs, after what was removed
  std::vector<ledger::Finding> removed;
};

/// One instance for the daemon; loop thread. One audit at a time, others wait for it.
class Auditor {
 public:
  Auditor(Needs needs, asio::any_io_executor executor)
      : needs_(std::move(needs)), one_(executor, 1) {}

  /// Looks until the same differences show three times in a row or none is left, so that a task
  /// being started, stopped or cleaned up meanwhile is not accused: at most half a second.
  ///
  /// fails:  Unavailable (engine away), TimedOut, Denied, Cancelled.
  Async<Audit> audit();

  /// The same, then removes the orphans, each with a line in the log, and audits again. One that
  /// cannot be removed is logged and stays a finding.
  ///
  /// fails:  as audit().
  Async<Audit> repair();

 private:
  Async<std::vector<ledger::Finding>> look_until_sure();
  Async<> remove(ledger::Object object);
  bool is_of_a_task(const std::string& container_id) const;

  Needs needs_;
  Gate one_;
};

}  // namespace berth::upkeep
