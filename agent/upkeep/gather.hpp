// gather.hpp - one look at the whole node, compared with the ledger.
#pragma once

#include <functional>
#include <vector>

#include "agent/ledger/ledger.hpp"
#include "agent/records/journal.hpp"
#include "agent/upkeep/node.hpp"
#include "base/clock.hpp"
#include "base/offload.hpp"
#include "runtime/runtime.hpp"

namespace berth::upkeep {

/// What upkeep works with; references outlive it.
struct Needs {
  runtime::Images& images;
  runtime::Containers& containers;
  runtime::Inventory& inventory;
  records::NodeBook& book;
  Node node;
  Offload& offload;
  Clock& clock;
  std::function<std::vector<ledger::RecordPtr>()> records;  ///< of all tasks, as they are now
};

/// How long one round of calls to the engine may take.
inline constexpr std::chrono::seconds kRoundLimit{30};

/// All differences as one look shows them. What changes during the look may show as one; a second
/// look does not confirm it.
///
/// fails:  Unavailable (engine away), TimedOut, Denied.
Async<std::vector<ledger::Finding>> look_around(Needs& needs);

}  // namespace berth::upkeep
