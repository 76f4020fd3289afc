// sqlite_attachments.hpp - announced interfaces in the journal's file.
#pragma once

#include "agent/records/attachment.hpp"
#include "agent/records/sqlite_journal.hpp"

namespace berth::records {

/// On the journal's thread, in order with its other writes. Must not outlive the journal.
class SqliteAttachments final : public AttachmentBook {
 public:
  explicit SqliteAttachments(SqliteJournal& journal) : journal_(journal) {}

  Async<std::optional<QueuedReport>> announce(Attachment attachment,
                                              std::optional<Report> there) override;
  Async<std::optional<QueuedReport>> appeared(Attachment attachment,
                                              std::optional<Report> there) override;
  Async<> withdraw(std::string mac) override;
  Async<std::vector<Attachment>> attachments() override;

 private:
  SqliteJournal& journal_;
};

}  // namespace berth::records
