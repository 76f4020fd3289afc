// auditor.cpp - look, look again, take away, look once more.
#include "agent/upkeep/auditor.hpp"

#include <array>
#include <set>

#include "agent/model/ids.hpp"
#include "base/log.hpp"

namespace berth::upkeep {

using ledger::Finding;
using ledger::ObjectKind;

namespace {

// The kernel removes the devices of a dropped network some 20 ms later; an event of containerd
// takes a few.
constexpr std::array<std::chrono::milliseconds, 2> kLookAgainAfter{std::chrono::milliseconds(100),
                                                                   std::chrono::milliseconds(400)};

bool is_container_s(ObjectKind kind) {
  return kind == ObjectKind::Process || kind == ObjectKind::Container ||
         kind == ObjectKind::Snapshot;
}

/// A process that does not end holds up neither the other removals nor the daemon's own end.
Async<> remove_from_node(Needs* needs, ledger::Object object) {
  auto work = [node = needs->node, object] { return remove_from(node, object); };
  const Deadline by = Deadline::after(kRoundLimit);
  Result<> removed = co_await needs->offload.run_until(std::move(work), by);
  co_return removed;
}

}  // namespace

bool Auditor::is_of_a_task(const std::string& container_id) const {
  for (const ledger::RecordPtr& record : needs_.records()) {
    const std::string task = model::task_id_of(record->task.arn);
    for (std::size_t at = 0; at < record->containers.size(); ++at) {
      if (model::container_id_of(task, at) == container_id) return true;
    }
  }
  return false;
}

Async<std::vector<Finding>> Auditor::look_until_sure() {
  BERTH_CO_TRY(std::vector<Finding> findings, co_await look_around(needs_));
  for (const std::chrono::milliseconds wait : kLookAgainAfter) {
    if (findings.empty()) break;
    BERTH_CO_CHECK(co_await needs_.clock.sleep(wait));
    BERTH_CO_TRY(const std::vector<Finding> now, co_await look_around(needs_));
    findings = ledger::confirmed(findings, now);
  }
  co_return findings;
}

Async<Audit> Auditor::audit() {
  BERTH_CO_TRY(const Gate::Pass pass, co_await one_.enter());
  Audit audit;
  BERTH_CO_TRY(audit.findings, co_await look_until_sure());
  co_return audit;
}

Async<Audit> Auditor::repair() {
  BERTH_CO_TRY(const Gate::Pass pass, co_await one_.enter());
  Audit audit;
  BERTH_CO_TRY(audit.findings, co_await look_until_sure());
  std::set<std::string> ids;  // containers that were removed, with all they had
  for (const Finding& finding : audit.findings) {
    if (finding.kind != Finding::Kind::Orphan) continue;
    const ledger::Object object = finding.object;
    Result<> removed = ok();
    if (!is_container_s(object.kind) || !ids.contains(object.name)) {
      removed = co_await remove(object);
    }
    if (removed.failed_with(Errc::Cancelled)) co_return std::move(removed).error();
    const std::string kind(name_of(object.kind));
    if (!removed) {
      log::error("what nobody owns could not be removed", {{"what", kind},
                                                           {"name", object.name},
                                                           {"task", object.task},
                                                           {"error", removed.error().text()}});
      continue;
    }
    if (is_container_s(object.kind)) ids.insert(object.name);
    log::info("removed what nobody owns",
              {{"what", kind}, {"name", object.name}, {"task", object.task}});
    audit.removed.push_back(finding);
  }
  if (!audit.removed.empty()) {
    BERTH_CO_TRY(audit.findings, co_await look_until_sure());
  }
  co_return audit;
}

Async<> Auditor::remove(ledger::Object object) {
  const Deadline by = needs_.clock.in(kRoundLimit);
  Result<> removed = ok();
  if (object.kind == ObjectKind::Lease) {
    removed = co_await needs_.inventory.remove_lease(object.name, by);
  } else if (!is_container_s(object.kind)) {
    removed = co_await remove_from_node(&needs_, object);
  } else if (object.kind == ObjectKind::Process && is_of_a_task(object.name)) {
    // Its task has stopped, but is not cleaned up: record and snapshot are still the task's.
    removed = co_await needs_.containers.release(object.name, by);
  } else {
    removed = co_await needs_.inventory.remove_container(object.name, by);
  }
  co_return removed;
}

}  // namespace berth::upkeep
