// nic_wait.cpp - a task whose network cannot be made before its NIC is there.
#include <algorithm>

#include "agent/attachments/attachments.hpp"

namespace berth::attachments {

using records::Attachment;
using records::AttachmentState;

const Attachment* Attachments::find_any(const std::string& mac, const std::string& device) const {
  auto found = all_.find(mac);
  if (found == all_.end()) found = all_.find(device);
  return found == all_.end() ? nullptr : &found->second;
}

Async<> Attachments::await_nic(Wanted wanted) {
  BERTH_CO_TRY(const netns::MacAddress device, netns::parse_mac(wanted.device));
  const Attachment* announced = find_any(wanted.mac, wanted.device);
  if (announced == nullptr && wanted.must_be_announced) co_return never_came(wanted);
  const WallTime until = announced == nullptr ? WallTime{} : announced->expires_at;
  BERTH_CO_TRY(const bool is_there, co_await needs_.has_device(device));
  if (is_there) co_return ok();
  if (until <= needs_.clock.wall()) co_return never_came(wanted);
  waiting_[wanted.task_arn] = {"the NIC with MAC " + wanted.device + " to be plugged in",
                               needs_.clock.wall(), until, "it is stopped"};
  const Result<bool> came = co_await comes_before(device, until);
  waiting_.erase(wanted.task_arn);
  if (!came) co_return came.error();
  if (!*came) co_return never_came(wanted);
  co_return ok();
}

std::optional<model::Waiting> Attachments::waits_for(const std::string& task_arn) const {
  const auto found = waiting_.find(task_arn);
  if (found == waiting_.end()) return std::nullopt;
  return found->second;
}

Error Attachments::never_came(const Wanted& wanted) const {
  const auto refused = [](std::string why) { return Error{Errc::NotFound, 0, std::move(why)}; };
  const auto late = std::find_if(expired_.rbegin(), expired_.rend(), [&](const Attachment& one) {
    return one.mac == wanted.mac || one.mac == wanted.device;
  });
  const Attachment* known = find_any(wanted.mac, wanted.device);
  if (known == nullptr && late != expired_.rend()) known = &*late;
  if (known == nullptr && wanted.must_be_announced) {
    return refused("network interface " + wanted.mac + " was never announced to this node");
  }
  const std::string nic = "there is no NIC with MAC " + wanted.device + " on this node";
  if (known == nullptr) return refused(nic);
  if (known->state == AttachmentState::Telling) {
    return refused("network interface " + wanted.mac +
                   " was given up: the control plane did not take within " + time_given(*known) +
                   " that its NIC is there");
  }
  return refused(nic + "; it had to be plugged in within " + time_given(*known) + ", until " +
                 iso8601(known->expires_at));
}

}  // namespace berth::attachments
