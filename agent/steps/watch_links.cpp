// watch_links.cpp - a socket of notices, and the same steps that made the networks.
#include "agent/steps/watch_links.hpp"

#include <algorithm>
#include <map>

#include "agent/model/ids.hpp"
#include "agent/plan/network.hpp"
#include "agent/steps/let_through.hpp"
#include "base/log.hpp"
#include "base/readable.hpp"
#include "netns/link_notices.hpp"
#include "netns/network.hpp"

namespace berth::steps {

namespace {

constexpr int kMostTimes = 10;

/// A network that is to be there, and the record it is of.
struct Wanted {
  RecordPtr record;
  plan::Network network;

  const netns::OwnInterface& own() const { return std::get<netns::OwnInterface>(network.endpoint); }
};

bool has_network(const RecordPtr& record) {
  const bool is_over = record->released || record->known == model::TaskStatus::Stopped;
  return record->network_ready && !is_over;
}

std::vector<Wanted> all_wanted(const Tools& tools, const std::vector<RecordPtr>& records) {
  std::vector<Wanted> wanted;
  for (const RecordPtr& record : records) {
    if (!has_network(record)) continue;
    const auto networks = plan::networks_for(*record, tools.settings);
    if (!networks) continue;
    for (const plan::Network& network : *networks) {
      if (!std::holds_alternative<netns::OwnInterface>(network.endpoint)) continue;
      wanted.push_back({record, network});
      // Whoever still asks for its address announces it himself.
      std::get<netns::OwnInterface>(wanted.back().network.endpoint).is_announced =
          record->address_claimed || !model::must_claim_address(*record);
    }
  }
  return wanted;
}

/// Also those whose gateway has lost its device: with the parent it goes, unheard of here.
std::vector<Wanted> lacking_among(const Tools& tools, std::vector<Wanted> wanted,
                                  const netns::LinkNotices::Heard& heard) {
  const Result<std::unique_ptr<netns::Netlink>> host = netns::open_netlink();
  const auto is_gone = [&](const std::string& device) {
    if (heard.missed_some)
      return host && netns::find_link(**host, device).failed_with(Errc::NotFound);
    return std::find(heard.gone.begin(), heard.gone.end(), device) != heard.gone.end();
  };
  const bool may_be_parents =
      heard.missed_some ||
      !std::all_of(heard.gone.begin(), heard.gone.end(), netns::is_of_a_network);
  std::erase_if(wanted, [&](const Wanted& one) {
    const std::string& name = one.network.name;
    const bool has_gateway = netns::has_gateway(one.own().access);
    const bool has_ifb = one.own().bandwidth.egress && !has_gateway;
    if (is_gone(netns::host_end_name(name))) return false;
    if (has_ifb && is_gone(netns::ifb_name(name))) return false;
    return !has_gateway || !may_be_parents || tools.driver.gateway().is_on_lan(name);
  });
  return wanted;
}

/// fails: Cancelled.
Async<> make_again(Tools* tools, Wanted wanted) {
  auto work = [tools, wanted]() -> Result<std::string> {
    BERTH_CHECK(let_through(*tools, *wanted.record, wanted.network));
    return netns::create_network(tools->pins, tools->driver, wanted.network.name,
                                 wanted.network.endpoint);
  };
  Result<std::string> made = co_await tools->offload.run(std::move(work));
  if (made.failed_with(Errc::Cancelled)) co_return std::move(made).error();
  const std::string& task = wanted.record->task.arn;
  if (made) {
    log::warn("somebody deleted a task's interface; it was made again", {{"task", task}});
  } else {
    log::error("a task's interface could not be made again",
               {{"task", task}, {"error", made.error().text()}});
  }
  co_return ok();
}

/// Tasks stop while others are seen to.
bool is_wanted_still(const Wanted& one, const std::vector<RecordPtr>& records) {
  return std::any_of(records.begin(), records.end(), [&one](const RecordPtr& record) {
    return record->task.arn == one.record->task.arn && has_network(record);
  });
}

/// A device came up, or an address moved: the LAN, the host and its tasks find each other again.
/// What others of the LAN reach a task by is the host's: answers, and routes from the host's
/// addresses. The kernel drops them when a device goes down or an address goes, and not all come
/// back with it.
Async<> lead_anew(Tools* tools, std::function<std::vector<RecordPtr>()> records) {
  std::vector<RecordPtr> on_a_lan = records();
  std::erase_if(on_a_lan,
                [](const RecordPtr& record) { return !model::must_claim_address(*record); });
  const std::vector<Wanted> wanted = all_wanted(*tools, on_a_lan);
  for (const Wanted& one : wanted) {
    if (!is_wanted_still(one, records())) continue;
    auto work = [tools, one] {
      return netns::create_network(tools->pins, tools->driver, one.network.name,
                                   one.network.endpoint);
    };
    Result<std::string> led = co_await tools->offload.run(std::move(work));
    if (led.failed_with(Errc::Cancelled)) co_return std::move(led).error();
    if (led) continue;
    log::warn("a task on the LAN may not be reached",
              {{"task", one.record->task.arn}, {"error", led.error().text()}});
  }
  co_return ok();
}

}  // namespace

Async<> watch_links(Tools& tools, std::function<std::vector<RecordPtr>()> records,
                    std::function<void()> moved) {
  BERTH_CO_TRY(netns::LinkNotices notices, netns::LinkNotices::open());
  Readable readable(co_await asio::this_coro::executor, notices.fd(),
                    "wait for notices of devices");
  std::map<std::string, int> times;
  // What happened before there was anybody to hear it.
  netns::LinkNotices::Heard heard;
  heard.missed_some = true;
  while (true) {
    bool has_moved = heard.moved_addresses || heard.came_up || heard.missed_some;
    if (has_moved) BERTH_CO_CHECK(co_await lead_anew(&tools, records));
    if (!heard.gone.empty() || heard.missed_some) {
      auto look = [&tools, wanted = all_wanted(tools, records()), heard]() {
        return Result<std::vector<Wanted>>(lacking_among(tools, wanted, heard));
      };
      BERTH_CO_TRY(const std::vector<Wanted> lacking, co_await tools.offload.run(std::move(look)));
      for (const Wanted& one : lacking) {
        if (!is_wanted_still(one, records()) || ++times[one.network.name] >= kMostTimes) continue;
        BERTH_CO_CHECK(co_await make_again(&tools, one));
        has_moved = true;
      }
    }
    if (has_moved) moved();
    BERTH_CO_CHECK(co_await readable.wait());
    BERTH_CO_TRY(heard, notices.read());
  }
}

}  // namespace berth::steps
