// sqlite_attachments.cpp - one transaction for each call.
#include "agent/records/sqlite_attachments.hpp"

#include "agent/records/attachment_table.hpp"

namespace berth::records {

using store::Database;

Async<std::optional<QueuedReport>> SqliteAttachments::announce(Attachment attachment,
                                                               std::optional<Report> there) {
  auto work = [attachment = std::move(attachment),
               there = std::move(there)](Database& database) mutable {
    return put_attachment(database, attachment, std::move(there));
  };
  Result<std::optional<QueuedReport>> queued = co_await journal_.on_thread(std::move(work));
  co_return queued;
}

Async<std::optional<QueuedReport>> SqliteAttachments::appeared(Attachment attachment,
                                                               std::optional<Report> there) {
  auto work = [attachment = std::move(attachment),
               there = std::move(there)](Database& database) mutable {
    return set_appeared(database, attachment, std::move(there));
  };
  Result<std::optional<QueuedReport>> queued = co_await journal_.on_thread(std::move(work));
  co_return queued;
}

Async<> SqliteAttachments::withdraw(std::string mac) {
  auto work = [mac = std::move(mac)](Database& database) {
    return remove_attachment(database, mac);
  };
  Result<> gone = co_await journal_.on_thread(std::move(work));
  co_return gone;
}

Async<std::vector<Attachment>> SqliteAttachments::attachments() {
  auto work = [](Database& database) { return get_attachments(database); };
  Result<std::vector<Attachment>> all = co_await journal_.on_thread(std::move(work));
  co_return all;
}

}  // namespace berth::records
