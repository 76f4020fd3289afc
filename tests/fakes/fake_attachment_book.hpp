// fake_attachment_book.hpp - announced interfaces in memory; writes fail or wait when a test says
// so.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/records/attachment.hpp"
#include "tests/fakes/fail_plan.hpp"
#include "tests/fakes/latch.hpp"

namespace berth::testing {

/// Keeps the seam's promises: a write that fails has written nothing. That a report was taken is
/// told with accept().
class FakeAttachmentBook final : public records::AttachmentBook {
 public:
  explicit FakeAttachmentBook(asio::any_io_executor executor) : writes(executor) {}

  FailPlan plan;                                    ///< counts writes
  Latch writes;                                     ///< each passes before it writes
  std::map<std::string, records::Attachment> rows;  ///< by MAC
  std::vector<records::QueuedReport> queue;

  void accept(std::int64_t sequence) {
    std::erase_if(queue, [sequence](const auto& one) { return one.sequence == sequence; });
    for (auto& [mac, row] : rows) {
      if (row.report == sequence) row.state = records::AttachmentState::Told;
    }
  }

  Async<std::optional<records::QueuedReport>> announce(
      records::Attachment attachment, std::optional<records::Report> there) override {
    BERTH_CO_CHECK(co_await write());
    forget_stale(attachment.announced_at);
    const auto known = rows.find(attachment.mac);
    const bool is_known = known != rows.end() && known->second.arn == attachment.arn &&
                          known->second.task_arn == attachment.task_arn;
    std::optional<records::QueuedReport> queued;
    if (is_known) co_return queued;
    if (known != rows.end()) take_back(known->second.report);
    records::Attachment& row = rows[attachment.mac] = attachment;
    row.state = records::AttachmentState::Awaited;
    if (row.device.empty()) queued = settle(row, std::move(there));
    co_return queued;
  }

  Async<std::optional<records::QueuedReport>> appeared(
      records::Attachment attachment, std::optional<records::Report> there) override {
    BERTH_CO_CHECK(co_await write());
    std::optional<records::QueuedReport> queued;
    const auto row = rows.find(attachment.mac);
    if (row != rows.end() && row->second.arn == attachment.arn &&
        row->second.task_arn == attachment.task_arn &&
        row->second.state == records::AttachmentState::Awaited) {
      queued = settle(row->second, std::move(there));
    }
    co_return queued;
  }

  Async<> withdraw(std::string mac) override {
    BERTH_CO_CHECK(co_await write());
    const auto row = rows.find(mac);
    if (row == rows.end()) co_return ok();
    take_back(row->second.report);
    rows.erase(row);
    co_return ok();
  }

  Async<std::vector<records::Attachment>> attachments() override {
    std::vector<records::Attachment> all;
    for (const auto& [mac, row] : rows) all.push_back(row);
    co_return all;
  }

 private:
  void take_back(std::int64_t report) {
    std::erase_if(queue, [report](const auto& one) { return one.sequence == report; });
  }
  Async<> write() {
    BERTH_CO_CHECK(co_await writes.pass());
    if (auto failed = plan.next()) co_return *failed;
    co_return ok();
  }
  std::optional<records::QueuedReport> settle(records::Attachment& row,
                                              std::optional<records::Report> there) {
    row.state = there ? records::AttachmentState::Telling : records::AttachmentState::Told;
    if (!there) return std::nullopt;
    queue.push_back({++last_, std::move(*there)});
    row.report = last_;
    return queue.back();
  }
  void forget_stale(WallTime now) {
    std::erase_if(rows, [now](const auto& one) {
      return one.second.state == records::AttachmentState::Told &&
             one.second.expires_at < now - records::kAttachmentGrace;
    });
  }

  std::int64_t last_ = 0;
};

}  // namespace berth::testing
