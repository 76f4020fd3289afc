// attachment_table.hpp - announced interfaces in rows of the journal's file.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/records/attachment.hpp"
#include "store/database.hpp"

namespace berth::records {

// Each in a synced transaction of its own, on the journal's thread. As AttachmentBook has them.
// fails, all of them: as the database.

Result<std::optional<QueuedReport>> put_attachment(store::Database& database,
                                                   const Attachment& attachment,
                                                   std::optional<Report> there);
Result<std::optional<QueuedReport>> set_appeared(store::Database& database,
                                                 const Attachment& attachment,
                                                 std::optional<Report> there);
Result<> remove_attachment(store::Database& database, const std::string& mac);
Result<std::vector<Attachment>> get_attachments(store::Database& database);

}  // namespace berth::records
