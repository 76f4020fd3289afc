// arrivals.hpp - network devices as they come to the host, by their hardware address.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <list>
#include <memory>

#include "base/async.hpp"
#include "base/offload.hpp"
#include "netns/link_notices.hpp"
#include "netns/spec.hpp"

namespace berth::attachments {

/// One instance for the daemon; loop thread. The host is the network namespace of the daemon.
class Arrivals {
 public:
  Arrivals(Offload& offload, asio::any_io_executor executor)
      : offload_(offload), executor_(std::move(executor)) {}

  /// The host has a device with this address now. fails: as netlink.
  Async<bool> is_there(netns::MacAddress mac);

  /// Waits until the host has one. fails: Cancelled, or as netlink.
  Async<> await(netns::MacAddress mac);

  /// Hears the kernel until it is cancelled; without it those who wait look only once. Nothing is
  /// polled: where notices were lost, all who wait look again.
  ///
  /// fails:  Denied, Exhausted (nothing can be heard).
  Async<> run();

 private:
  struct Waiter {
    Waiter(netns::MacAddress of, const asio::any_io_executor& executor)
        : mac(of), woken(executor, std::chrono::steady_clock::time_point::max()) {}
    netns::MacAddress mac;
    asio::steady_timer woken;  ///< cancelled when it is to look again
    bool is_to_look = true;
  };
  Async<> look_and_wait(std::shared_ptr<Waiter> waiter);
  void wake(const netns::LinkNotices::Heard& heard);

  Offload& offload_;
  asio::any_io_executor executor_;
  std::list<std::shared_ptr<Waiter>> waiters_;
};

}  // namespace berth::attachments
