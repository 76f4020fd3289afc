// audit_table.cpp - a row for each finding.
#include "cli/audit_table.hpp"

#include "cli/columns.hpp"

namespace berth::cli {

namespace {

Row row_of(const std::string& what, const local::FindingView& finding) {
  return {what, finding.object, finding.name, or_dash(finding.task), finding.reason};
}

}  // namespace

std::string audit_table(const local::AuditView& audit) {
  if (audit.findings.empty() && audit.removed.empty()) {
    return "nothing on this node is nobody's, and no task lacks anything\n";
  }
  std::vector<Row> rows{{"FINDING", "OBJECT", "NAME", "TASK", "REASON"}};
  for (const local::FindingView& finding : audit.removed)
    rows.push_back(row_of("removed", finding));
  for (const local::FindingView& finding : audit.findings) {
    rows.push_back(row_of(finding.kind, finding));
  }
  return aligned(rows);
}

}  // namespace berth::cli
