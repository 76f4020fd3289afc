// host_lans.cpp - a device looked up, and a probe begun on it.
#include "agent/networks/host_lans.hpp"

#include <optional>

#include "base/readable.hpp"
#include "netns/parent.hpp"
#include "netns/probe.hpp"

namespace berth::networks {

namespace {

constexpr std::chrono::seconds kKernelLimit{10};

Result<netns::Link> find_device(const std::string& parent) {
  BERTH_TRY(const std::unique_ptr<netns::Netlink> host, netns::open_netlink());
  return netns::find_parent(*host, parent);
}

class ProbeOfHost final : public LanQuestion {
 public:
  ProbeOfHost(netns::Probe probe, const asio::any_io_executor& executor)
      : probe_(std::move(probe)), readable_(executor, probe_.fd(), "hear of a LAN") {}

  Result<> ask() override { return probe_.ask(); }

  Async<std::vector<netns::Claim>> hear() override {
    BERTH_CO_CHECK(co_await readable_.wait());
    co_return probe_.hear_all();
  }

 private:
  netns::Probe probe_;
  Readable readable_;
};

}  // namespace

Async<std::string> HostLans::place_of(model::NodeNetwork network) {
  auto look = [parent = network.access.parent] { return find_device(parent); };
  const Deadline by = Deadline::after(kKernelLimit);
  BERTH_CO_TRY(const netns::Link device, co_await offload_.run_until(std::move(look), by));
  co_return std::to_string(device.index) + " " + netns::text_of(device.mac) + " " +
      std::to_string(device.carrier_changes) + (device.is_up ? " up" : " down");
}

Async<std::shared_ptr<LanQuestion>> HostLans::begin(model::NodeNetwork network,
                                                    std::vector<netns::IpAddress> addresses,
                                                    std::vector<netns::IpAddress> besides) {
  auto ask = [parent = network.access.parent, addresses,
              besides]() -> Result<std::optional<netns::Probe>> {
    BERTH_TRY(const netns::Link device, find_device(parent));
    BERTH_TRY(netns::Probe probe,
              netns::Probe::begin(device.index, device.mac, addresses, besides));
    return std::optional(std::move(probe));
  };
  const Deadline by = Deadline::after(kKernelLimit);
  BERTH_CO_TRY(std::optional<netns::Probe> probe, co_await offload_.run_until(std::move(ask), by));
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  std::shared_ptr<LanQuestion> question =
      std::make_shared<ProbeOfHost>(std::move(*probe), executor);
  co_return question;
}

}  // namespace berth::networks
