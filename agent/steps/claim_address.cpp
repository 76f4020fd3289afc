// claim_address.cpp - questions, silence, announcement.
#include "agent/steps/claim_address.hpp"

#include <iterator>

#include "agent/plan/network.hpp"
#include "base/readable.hpp"
#include "netns/network.hpp"
#include "netns/probe.hpp"

namespace berth::steps {

namespace {

/// A network with addresses of a LAN.
struct OnLan {
  std::string name;
  netns::OwnInterface own;
};

Result<std::vector<OnLan>> on_a_lan(const Tools& tools, const model::Record& record) {
  BERTH_TRY(const std::vector<plan::Network> networks, plan::networks_for(record, tools.settings));
  std::vector<OnLan> all;
  for (const plan::Network& network : networks) {
    const auto* own = std::get_if<netns::OwnInterface>(&network.endpoint);
    if (own != nullptr && netns::is_on_a_lan(own->access)) all.push_back({network.name, *own});
  }
  return all;
}

using ProbePtr = std::shared_ptr<netns::Probe>;

std::vector<netns::IpAddress> addresses_of(const OnLan& one) {
  std::vector<netns::IpAddress> addresses;
  for (const auto& address : {one.own.ipv4, one.own.ipv6}) {
    if (address) addresses.push_back(address->address);
  }
  return addresses;
}

Result<ProbePtr> begin_probe(const Tools& tools, const OnLan& one) {
  const std::vector<netns::IpAddress> addresses = addresses_of(one);
  BERTH_TRY(const netns::LanPlace place, tools.driver.place_on_lan(one.name, one.own));
  ProbePtr probe;
  BERTH_CHECK(netns::run_at(place, [&]() -> Result<> {
    BERTH_TRY(netns::Probe begun, netns::Probe::begin(place.link, place.mac, addresses));
    probe = std::make_shared<netns::Probe>(std::move(begun));
    return ok();
  }));
  return probe;
}

/// fails: Exists (an answer), Cancelled.
Async<> hear_until(ProbePtr probe, Deadline by) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  Readable readable(executor, probe->fd(), "wait for answers of a LAN");
  while (true) {
    Result<> heard = co_await before(by, readable.wait(), "an address");
    if (heard.failed_with(Errc::TimedOut)) co_return ok();
    if (!heard) co_return heard;
    BERTH_CO_TRY(const std::optional<netns::Claim> claim, probe->hear());
    if (claim) co_return Error{Errc::Exists, 0, netns::in_use_text(*claim)};
  }
}

/// fails: as hear_until().
Async<> hear_nothing(ProbePtr probe) {
  const auto begun = std::chrono::steady_clock::now();
  for (const std::chrono::milliseconds wait : netns::kAskedAgain) {
    const Deadline by{begun + wait};
    BERTH_CO_CHECK(co_await hear_until(probe, by));
    BERTH_CO_CHECK(probe->ask());
  }
  const Deadline by{begun + netns::kProbeLasts};
  BERTH_CO_CHECK(co_await hear_until(probe, by));
  co_return ok();
}

/// fails: as claim_address().
Async<> ask(Tools& tools, OnLan one) {
  auto begin = [&tools, one] { return begin_probe(tools, one); };
  const Deadline begun_by = Deadline::after(tools.limits.host);
  BERTH_CO_TRY(ProbePtr probe, co_await tools.offload.run_until(std::move(begin), begun_by));
  Result<> silent = co_await hear_nothing(std::move(probe));
  co_return silent;
}

}  // namespace

Async<Sight> claim_address(Tools& tools, RecordPtr record) {
  BERTH_CO_TRY(const std::vector<OnLan> all, on_a_lan(tools, *record));
  engine::AddressClaimed claimed;
  for (const OnLan& one : all) {
    claimed.before = tools.found_free(record->placement.eni_access, addresses_of(one));
    if (!claimed.before) BERTH_CO_CHECK(co_await ask(tools, one));
    auto announce = [&tools, one] {
      return netns::create_network(tools.pins, tools.driver, one.name, one.own);
    };
    const Deadline told_by = Deadline::after(tools.limits.host);
    BERTH_CO_CHECK(co_await tools.offload.run_until(std::move(announce), told_by));
  }
  co_return Sight(claimed);
}

}  // namespace berth::steps
