// report.hpp - what of a record the control plane has to hear; pure.
#pragma once

#include <optional>
#include <string>

#include "agent/model/record.hpp"
#include "agent/records/attachment.hpp"
#include "agent/records/journal.hpp"

namespace berth::outbox {

/// The SubmitTaskStateChange that tells everything known and not yet told; nullopt when there is
/// nothing. RUNNING, STOPPED and container changes at once; a stopped task tells nothing more, a
/// local one nothing at all.
///
/// cluster:  as the configuration names it.
/// with_v6:  published ports are also told as reached by IPv6.
/// source:   reference API, "Submit*StateChange"; the texts of reasons: reference state machine,
///           section 7. This is the only place where they are made.
std::optional<records::Report> report_of(const model::Record& record, const std::string& cluster,
                                         bool with_v6 = false);

/// The report that a task which could not even be read is stopped.
records::Report refusal_report(const std::string& task_arn, const std::string& cluster,
                               const std::string& reason);

/// The report that an announced interface is there, by the call that its owner asks for. Useless
/// once its time is over.
records::Report attached_report(const records::Attachment& attachment, const std::string& cluster);

/// "CannotPullContainerError: ..."; for a task's own fault, the text of its reason.
std::string reason_text(const model::Fault& fault);

}  // namespace berth::outbox
