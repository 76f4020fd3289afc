// arrivals.cpp - a look, then notices, then a look again.
#include "agent/attachments/arrivals.hpp"

#include <algorithm>

#include "base/readable.hpp"
#include "netns/link.hpp"

namespace berth::attachments {

namespace {

Result<bool> host_has(const netns::MacAddress& mac) {
  BERTH_TRY(const std::unique_ptr<netns::Netlink> host, netns::open_netlink());
  const Result<netns::Link> found = netns::find_link_of(*host, mac);
  if (!found && !found.failed_with(Errc::NotFound)) return found.error();
  return found.has_value();
}

}  // namespace

Async<bool> Arrivals::is_there(netns::MacAddress mac) {
  auto look = [mac] { return host_has(mac); };
  Result<bool> found = co_await offload_.run(std::move(look));
  co_return found;
}

Async<> Arrivals::await(netns::MacAddress mac) {
  const auto waiter = std::make_shared<Waiter>(mac, executor_);
  waiters_.push_back(waiter);
  Result<> came = co_await look_and_wait(waiter);
  waiters_.remove(waiter);
  co_return came;
}

Async<> Arrivals::look_and_wait(std::shared_ptr<Waiter> waiter) {
  while (true) {
    const bool cancelled = co_await is_cancelled();
    if (cancelled) co_return Error{Errc::Cancelled, 0, "nobody waits for the device any more"};
    if (!waiter->is_to_look) {
      co_await waiter->woken.async_wait(use_result);
      continue;
    }
    waiter->is_to_look = false;  // before the look: what comes during it is looked at again
    BERTH_CO_TRY(const bool found, co_await is_there(waiter->mac));
    if (found) co_return ok();
  }
}

Async<> Arrivals::run() {
  BERTH_CO_TRY(netns::LinkNotices notices, netns::LinkNotices::open());
  // Who waits already may have looked before there was anything to hear.
  wake({.gone = {}, .appeared = {}, .missed_some = true});
  Readable readable(executor_, notices.fd(), "wait for network devices");
  while (true) {
    BERTH_CO_CHECK(co_await readable.wait());
    BERTH_CO_TRY(const netns::LinkNotices::Heard heard, notices.read());
    wake(heard);
  }
}

void Arrivals::wake(const netns::LinkNotices::Heard& heard) {
  for (const auto& waiter : waiters_) {
    const bool came = std::find(heard.appeared.begin(), heard.appeared.end(), waiter->mac) !=
                      heard.appeared.end();
    if (!came && !heard.missed_some) continue;
    waiter->is_to_look = true;
    waiter->woken.cancel();
  }
}

}  // namespace berth::attachments
