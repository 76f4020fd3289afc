// nftables_linger.hpp - libnftables from one network to the next.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <memory>

#include "base/offload.hpp"
#include "firewall/nftables.hpp"

namespace berth::steps {

/// Keeps the library loaded while tasks come and go, and lets it go once none did for kLinger. To
/// load it, use it once and give its memory back costs more than the rest of a task's network.
/// Loop thread. offload outlives it: letting go may wait for the kernel.
class NftablesLinger {
 public:
  static constexpr std::chrono::seconds kLinger{10};

  NftablesLinger(const asio::any_io_executor& executor, Offload& offload,
                 std::chrono::milliseconds linger = kLinger)
      : offload_(offload), linger_(linger), idle_(executor) {}
  NftablesLinger(const NftablesLinger&) = delete;
  NftablesLinger& operator=(const NftablesLinger&) = delete;

  /// A network is made or dropped now.
  void touch() {
    if (!kept_) kept_ = std::make_shared<firewall::KeepNftables>();
    idle_.expires_after(linger_);
    idle_.async_wait([this](const boost::system::error_code& failed) {
      if (!failed) let_go();
    });
  }

 private:
  void let_go() {
    offload_.post([kept = std::move(kept_)]() mutable { kept.reset(); });
  }

  Offload& offload_;
  const std::chrono::milliseconds linger_;
  std::shared_ptr<firewall::KeepNftables> kept_;
  asio::steady_timer idle_;
};

}  // namespace berth::steps
