// address_watch.cpp - which ears there are to be, and what they hear.
#include "agent/steps/address_watch.hpp"

#include "agent/model/ids.hpp"
#include "agent/plan/network.hpp"
#include "base/log.hpp"
#include "base/readable.hpp"

namespace berth::steps {

namespace {

constexpr auto kForEver = std::chrono::steady_clock::time_point::max();

std::string key_of(const std::string& name, const netns::LanPlace& place, bool is_v6) {
  return (place.gateway.fd ? name : "") + "/" + std::to_string(place.link) + "/" +
         netns::text_of(place.mac) + (is_v6 ? "/6" : "/4");
}

Result<netns::LanEar> open_ear(const netns::LanPlace& place, bool is_v6) {
  std::optional<netns::LanEar> ear;
  BERTH_CHECK(netns::run_at(place, [&]() -> Result<> {
    BERTH_TRY(ear, netns::LanEar::open(place.link, is_v6, place.mac));
    return ok();
  }));
  return std::move(*ear);
}

}  // namespace

AddressWatch::AddressWatch(Needs needs, asio::any_io_executor executor)
    : needs_(std::move(needs)), nursery_(executor), changed_(executor, kForEver) {}

void AddressWatch::changed(const model::Record& record) {
  if (!model::must_claim_address(record)) return;
  if (!model::holds_address(record)) return let_go(record.task.arn);
  if (tasks_.insert(record.task.arn).second) devices_changed();
}

void AddressWatch::devices_changed() {
  is_stale_ = true;
  changed_.cancel();
}

Async<> AddressWatch::run() {
  for (const RecordPtr& record : needs_.records()) changed(*record);
  while (true) {
    const bool cancelled = co_await is_cancelled();
    if (cancelled) co_return Error{Errc::Cancelled, 0, "no more addresses to watch"};
    if (!is_stale_) {
      co_await changed_.async_wait(use_result);
      continue;
    }
    is_stale_ = false;
    BERTH_CO_CHECK(co_await look());
  }
}

Async<> AddressWatch::look() {
  std::vector<RecordPtr> records = needs_.records();
  std::erase_if(records, [this](const RecordPtr& one) { return !tasks_.contains(one->task.arn); });
  std::set<std::string> open;
  for (const auto& [key, ear] : ears_) open.insert(key);
  auto find = [&tools = needs_.tools, records, open] {
    return Result<Ears>(find_ears(tools, records, open));
  };
  BERTH_CO_TRY(Ears found, co_await needs_.tools.offload.run(std::move(find)));
  take(std::move(found));
  co_return ok();
}

/// Blocks. open: those that are there need not be opened.
AddressWatch::Ears AddressWatch::find_ears(const Tools& tools,
                                           const std::vector<RecordPtr>& records,
                                           const std::set<std::string>& open) {
  Ears found;
  const auto add = [&](const RecordPtr& record, const plan::Network& network) -> Result<> {
    const auto* own = std::get_if<netns::OwnInterface>(&network.endpoint);
    if (own == nullptr || !netns::is_on_a_lan(own->access)) return ok();
    BERTH_TRY(const netns::LanPlace place, tools.driver.place_on_lan(network.name, *own));
    for (const auto& interface : {own->ipv4, own->ipv6}) {
      if (!interface) continue;
      const bool is_v6 = interface->address.is_v6;
      const std::string key = key_of(network.name, place, is_v6);
      EarPtr& ear = found[key];
      if (!ear) ear = std::make_shared<Ear>();
      if (!ear->ear && !open.contains(key)) {
        BERTH_TRY(ear->ear, open_ear(place, is_v6));
      }
      ear->answers_probes = !is_v6 && !netns::has_gateway(own->access);
      ear->owners[interface->address] = record->task.arn;
    }
    return ok();
  };
  for (const RecordPtr& record : records) {
    const auto networks = plan::networks_for(*record, tools.settings);
    if (!networks) continue;
    for (const plan::Network& network : *networks) {
      const Result<> added = add(record, network);
      // Its device has gone for now: with another one this is looked at again.
      if (added || added.failed_with(Errc::NotFound)) continue;
      log::warn("nobody would hear of it if others used a task's address",
                {{"task", record->task.arn}, {"error", added.error().text()}});
    }
  }
  return found;
}

void AddressWatch::take(Ears found) {
  for (auto at = ears_.begin(); at != ears_.end();) {
    const auto here = at++;
    if (!found.contains(here->first)) close(here);
  }
  for (auto& [key, ear] : found) {
    // Some may have ended meanwhile.
    std::erase_if(ear->owners, [this](const auto& one) { return !tasks_.contains(one.second); });
    const auto open = ears_.find(key);
    if (open != ears_.end()) {
      open->second->owners = ear->owners;
    } else if (ear->ear && !ear->owners.empty()) {
      ear->coroutine = "ear " + std::to_string(++count_);
      ears_.emplace(key, ear);
      nursery_.start(ear->coroutine, listen(ear));
    } else {
      continue;
    }
    follow(key, *ears_.at(key));
  }
}

void AddressWatch::follow(const std::string& key, Ear& ear) {
  std::vector<netns::IpAddress> addresses;
  for (const auto& [address, task] : ear.owners) addresses.push_back(address);
  const Result<> followed = ear.ear->follow(std::move(addresses), ear.answers_probes);
  if (!followed) {
    log::warn("a device of a LAN is not heard",
              {{"what", key}, {"error", followed.error().text()}});
  }
}

void AddressWatch::close(Ears::iterator ear) {
  nursery_.cancel(ear->second->coroutine);
  ears_.erase(ear);
}

void AddressWatch::let_go(const std::string& task_arn) {
  if (tasks_.erase(task_arn) == 0) return;
  for (auto at = ears_.begin(); at != ears_.end();) {
    const auto here = at++;
    Ear& ear = *here->second;
    const std::size_t freed = std::erase_if(ear.owners, [&](const auto& one) {
      if (one.second == task_arn) conflicts_.forget(one.first);
      return one.second == task_arn;
    });
    if (ear.owners.empty()) {
      close(here);
    } else if (freed > 0) {
      follow(here->first, ear);
    }
  }
}

Async<> AddressWatch::listen(EarPtr ear) {
  Readable readable(co_await asio::this_coro::executor, ear->ear->fd(), "hear of a LAN");
  while (true) {
    BERTH_CO_CHECK(co_await readable.wait());
    BERTH_CO_TRY(const std::vector<netns::Claim> claims, ear->ear->read());
    for (const netns::Claim& claim : claims) heard(*ear, claim);
  }
}

void AddressWatch::heard(Ear& ear, const netns::Claim& claim) {
  const auto owner = ear.owners.find(claim.address);
  if (owner == ear.owners.end()) return;
  const auto now = needs_.tools.clock.now();
  const bool is_a_question = claim.kind == netns::Claim::Kind::Asks;
  if (!is_a_question && conflicts_.is_worth_a_word(claim.address, claim.by, now)) {
    const std::string address = netns::text_of(claim.address);
    const std::string by = netns::text_of(claim.by);
    log::warn("a task's address is also used by another machine",
              {{"task", owner->second}, {"address", address}, {"what", by}});
    needs_.note(owner->second, "address " + address + " is also used by " + by);
  }
  if (!is_a_question && !conflicts_.is_worth_an_answer(claim.address, now)) return;
  const Result<> said = ear.ear->announce(claim.address);
  if (!said) {
    log::warn("a task's address could not be announced",
              {{"task", owner->second}, {"error", said.error().text()}});
  }
}

}  // namespace berth::steps
