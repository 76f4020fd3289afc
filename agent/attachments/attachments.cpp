// attachments.cpp - one coroutine for each attachment, from its announcement to its report.
#include "agent/attachments/attachments.hpp"

#include <algorithm>

#include "agent/model/ids.hpp"
#include "base/backoff.hpp"
#include "base/duration.hpp"
#include "base/log.hpp"

namespace berth::attachments {

using records::Attachment;
using records::AttachmentState;

namespace {

constexpr std::size_t kMostExpired = 64;

std::string name_of(const Attachment& attachment) {
  return attachment.mac + " of " + attachment.arn;
}

/// A task's ARN, or "the instance".
std::string owner_of(const Attachment& attachment) {
  return attachment.task_arn.empty() ? "the instance" : attachment.task_arn;
}

/// Of two branches, what the first to end says; the other is cancelled.
Async<bool> first_of(Async<> coming, Async<> passing) {
  using namespace asio::experimental::awaitable_operators;
  auto came = detail::quietly(std::move(coming));
  auto passed = detail::quietly(std::move(passing));
  const auto first = co_await (std::move(came) || std::move(passed));
  const bool has_come = first.index() == 0;
  const Result<>& outcome = has_come ? std::get<0>(first) : std::get<1>(first);
  if (!outcome) co_return outcome.error();
  co_return has_come;
}

}  // namespace

Attachments::Attachments(Needs needs, asio::any_io_executor executor)
    : needs_(std::move(needs)), nursery_(std::move(executor)) {}

Async<> Attachments::recover() {
  BERTH_CO_TRY(const std::vector<Attachment> kept, co_await needs_.book.attachments());
  for (const Attachment& one : kept) {
    all_[one.mac] = one;
    if (one.state == AttachmentState::Told || one.expires_at > needs_.clock.wall()) continue;
    Attachment late = one;
    BERTH_CO_CHECK(co_await withdraw(std::move(late)));
  }
  co_return ok();
}

void Attachments::begin() {
  for (const auto& [mac, one] : all_) {
    if (one.state != AttachmentState::Told) follow(one);
  }
}

Async<> Attachments::announce(Attachment attachment) {
  forget_stale();
  const Attachment* known = find(attachment.mac, attachment.arn);
  if (known != nullptr && known->task_arn == attachment.task_arn) co_return ok();
  std::optional<records::Report> there;
  if (attachment.device.empty() && !attachment.arn.empty()) there = needs_.report_of(attachment);
  Attachment written = attachment;
  BERTH_CO_TRY(std::optional<records::QueuedReport> queued,
               co_await needs_.book.announce(std::move(written), std::move(there)));
  const bool is_made_here = attachment.device.empty();
  attachment.state = queued         ? AttachmentState::Telling
                     : is_made_here ? AttachmentState::Told
                                    : AttachmentState::Awaited;
  if (queued) attachment.report = queued->sequence;
  all_[attachment.mac] = attachment;
  log::info("network interface announced",
            {{"task", owner_of(attachment)},
             {"address", attachment.mac},
             {"wait_ms", (attachment.expires_at - attachment.announced_at).count()}});
  if (!is_made_here) {
    needs_.note(attachment.task_arn, "network interface " + attachment.mac +
                                         " announced; its NIC is to appear within " +
                                         time_given(attachment));
  }
  if (attachment.state != AttachmentState::Told) follow(attachment);
  if (queued) needs_.offer(std::move(*queued));
  co_return ok();
}

void Attachments::told(std::int64_t report) {
  for (auto& [mac, attachment] : all_) {
    if (attachment.report != report || attachment.state != AttachmentState::Telling) continue;
    attachment.state = AttachmentState::Told;
    nursery_.cancel(name_of(attachment));
  }
}

Async<> Attachments::stop() {
  BERTH_CO_CHECK(co_await nursery_.stop());
  co_return ok();
}

std::string Attachments::time_given(const Attachment& attachment) {
  return show_duration(attachment.expires_at - attachment.announced_at);
}

Attachment* Attachments::find(const std::string& mac, const std::string& arn) {
  const auto found = all_.find(mac);
  return found != all_.end() && found->second.arn == arn ? &found->second : nullptr;
}

void Attachments::follow(const Attachment& attachment) {
  nursery_.start(name_of(attachment), follow_to_the_end(attachment));
}

Async<> Attachments::follow_to_the_end(Attachment attachment) {
  if (attachment.state == AttachmentState::Awaited) {
    Attachment awaited = attachment;
    BERTH_CO_CHECK(co_await see_in_time(std::move(awaited)));
  }
  BERTH_CO_CHECK(co_await needs_.clock.sleep(attachment.expires_at - needs_.clock.wall()));
  const Attachment* now = find(attachment.mac, attachment.arn);
  if (now == nullptr || now->state == AttachmentState::Told) co_return ok();
  Attachment late = *now;
  Result<> withdrawn = co_await withdraw(std::move(late));
  co_return withdrawn;
}

/// Returns when it was seen and that is written down, or when its time is over.
Async<> Attachments::see_in_time(Attachment attachment) {
  BERTH_CO_TRY(const netns::MacAddress device, netns::parse_mac(attachment.device));
  BERTH_CO_TRY(const bool came, co_await comes_before(device, attachment.expires_at));
  if (!came || find(attachment.mac, attachment.arn) == nullptr) co_return ok();
  Result<> written = co_await write_seen(std::move(attachment));
  co_return written;
}

Async<> Attachments::write_seen(Attachment attachment) {
  Backoff backoff({std::chrono::milliseconds(100), std::chrono::seconds(10), 2.0, 0.2});
  Random random;
  while (needs_.clock.wall() < attachment.expires_at) {
    std::optional<records::Report> there;
    if (!attachment.arn.empty()) there = needs_.report_of(attachment);
    Attachment seen = attachment;
    Result<std::optional<records::QueuedReport>> queued =
        co_await needs_.book.appeared(std::move(seen), std::move(there));
    if (queued.failed_with(Errc::Cancelled)) co_return std::move(queued).error();
    if (queued) {
      const auto waited = needs_.clock.wall() - attachment.announced_at;
      log::info("network interface is there", {{"task", owner_of(attachment)},
                                               {"address", attachment.mac},
                                               {"took_ms", waited.count()}});
      needs_.note(attachment.task_arn, "the NIC of network interface " + attachment.mac +
                                           " appeared after " + show_duration(waited));
      if (Attachment* now = find(attachment.mac, attachment.arn)) {
        now->state = *queued ? AttachmentState::Telling : AttachmentState::Told;
        now->report = *queued ? (*queued)->sequence : 0;
      }
      if (*queued) needs_.offer(std::move(**queued));
      co_return ok();
    }
    const std::chrono::milliseconds wait = backoff.next(random);
    log::error("network interface is there but that could not be written down, trying again",
               {{"task", owner_of(attachment)},
                {"wait_ms", wait.count()},
                {"error", queued.error().text()}});
    BERTH_CO_CHECK(co_await needs_.clock.sleep(wait));
  }
  co_return ok();
}

Async<bool> Attachments::comes_before(netns::MacAddress device, WallTime until) {
  constexpr std::chrono::seconds kPause{1};
  while (true) {
    Async<> coming = needs_.await_device(device);
    Async<> passing = needs_.clock.sleep(until - needs_.clock.wall());
    Result<bool> first = co_await first_of(std::move(coming), std::move(passing));
    if (first || first.failed_with(Errc::Cancelled)) co_return first;
    log::warn(
        "network devices could not be looked at, trying again",
        {{"wait_ms", std::chrono::milliseconds(kPause).count()}, {"error", first.error().text()}});
    BERTH_CO_CHECK(co_await needs_.clock.sleep(kPause));
  }
}

/// The time is over. source: reference messages, section 2.6: dropped, and nothing is told.
Async<> Attachments::withdraw(Attachment attachment) {
  log::warn(attachment.state == AttachmentState::Awaited
                ? "the NIC of a network interface did not appear in time"
                : "the control plane did not take in time that a network interface is there",
            {{"task", owner_of(attachment)},
             {"address", attachment.mac},
             {"wait_ms", (attachment.expires_at - attachment.announced_at).count()}});
  needs_.note(attachment.task_arn, "network interface " + attachment.mac + " was given up after " +
                                       time_given(attachment));
  all_.erase(attachment.mac);
  expired_.push_back(attachment);
  if (expired_.size() > kMostExpired) expired_.pop_front();
  std::string mac = attachment.mac;
  Result<> withdrawn = co_await needs_.book.withdraw(std::move(mac));
  co_return withdrawn;
}

/// Those that were told, whose task did not come in time.
void Attachments::forget_stale() {
  const WallTime before = needs_.clock.wall() - records::kAttachmentGrace;
  std::erase_if(all_, [&](const auto& one) {
    const Attachment& attachment = one.second;
    return attachment.state == AttachmentState::Told && attachment.expires_at < before &&
           !needs_.knows_task(attachment.task_arn);
  });
}

}  // namespace berth::attachments
