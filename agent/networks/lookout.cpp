// lookout.cpp - rounds: what is due is asked for, in all LANs at once; then it waits, and listens.
#include "agent/networks/lookout.hpp"

#include <algorithm>

#include "agent/plan/address_pool.hpp"
#include "base/log.hpp"
#include "netns/probe.hpp"

namespace berth::networks {

namespace {

constexpr auto kForEver = std::chrono::steady_clock::time_point::max();

bool can_be_asked_ahead(const model::EniAccess& access) {
  return access.driver == "macvlan" || access.driver == "lan-routed";
}

std::vector<netns::IpAddress> addresses_of(const std::vector<model::NodeAddress>& all) {
  std::vector<netns::IpAddress> addresses;
  for (const model::NodeAddress& one : all) {
    for (const netns::IpAddress& address : parsed(one)) addresses.push_back(address);
  }
  return addresses;
}

}  // namespace

Lookout::Lookout(Needs needs, asio::any_io_executor executor)
    : needs_(std::move(needs)), nursery_(executor), woken_(executor, kForEver) {}

void Lookout::changed() {
  rested_ = needs_.clock.now() + plan::AddressPool::kRest;
  wake();
}

void Lookout::devices_changed() {
  has_moved_ = true;
  wake();
}

const Lookout::Lan* Lookout::find(const model::NodeNetwork& network) const {
  const auto found = lans_.find(network.name);
  return found != lans_.end() && found->second->network == network ? found->second.get() : nullptr;
}

std::set<std::string> Lookout::free(const model::NodeNetwork& network) const {
  const Lan* lan = find(network);
  return lan == nullptr ? std::set<std::string>() : lan->silence.free(needs_.clock.now());
}

std::set<std::string> Lookout::taken(const model::NodeNetwork& network) const {
  const Lan* lan = find(network);
  return lan == nullptr ? std::set<std::string>() : lan->silence.taken(needs_.clock.now());
}

std::optional<std::size_t> Lookout::count_free(const std::string& network) const {
  const auto found = lans_.find(network);
  if (found == lans_.end()) return std::nullopt;
  return found->second->silence.free(needs_.clock.now()).size();
}

bool Lookout::claim(const model::EniAccess& access,
                    const std::vector<netns::IpAddress>& addresses) {
  const Moment now = needs_.clock.now();
  return std::any_of(lans_.begin(), lans_.end(), [&](const auto& one) {
    return one.second->network.access == access && one.second->silence.claim(addresses, now);
  });
}

Async<> Lookout::run() {
  while (true) {
    is_stale_ = false;
    follow_networks();
    BERTH_CO_CHECK(co_await look());
    BERTH_CO_CHECK(co_await wait());
  }
}

void Lookout::follow_networks() {
  std::vector<model::NodeNetwork> networks = needs_.networks();
  std::erase_if(networks, [](const auto& one) { return !can_be_asked_ahead(one.access); });
  for (auto at = lans_.begin(); at != lans_.end();) {
    const auto here = at++;
    const bool is_there =
        std::find(networks.begin(), networks.end(), here->second->network) != networks.end();
    if (is_there) continue;
    be_deaf(*here->second);
    lans_.erase(here);
  }
  for (model::NodeNetwork& network : networks) {
    LanPtr& lan = lans_[network.name];
    if (!lan) lan = std::make_shared<Lan>(Lan{std::move(network)});
  }
}

std::vector<model::NodeAddress> Lookout::wanted_of(const Lan& lan) const {
  return needs_.next(lan.network, kAhead, lan.silence.taken(needs_.clock.now()));
}

std::vector<model::NodeAddress> Lookout::due_of(const Lan& lan) const {
  return lan.silence.due(wanted_of(lan), needs_.clock.now());
}

/// fails: Cancelled.
Async<> Lookout::look() {
  const bool has_moved = std::exchange(has_moved_, false);
  std::vector<Asked> all;
  const std::map<std::string, LanPtr> lans = lans_;
  for (const auto& [name, lan] : lans) {
    const Moment now = needs_.clock.now();
    lan->silence.drop_old(now);
    const bool waits = !lan->trouble.empty() && now < lan->try_again;
    if (!has_moved && (waits || due_of(*lan).empty())) continue;
    BERTH_CO_TRY(const bool is_there, co_await look_at_place(lan));
    std::vector<model::NodeAddress> due = due_of(*lan);
    if (!is_there || due.empty()) continue;
    const Moment since = needs_.clock.now();
    BERTH_CO_TRY(std::shared_ptr<LanQuestion> question, co_await begin(lan, due));
    if (question) all.push_back({lan, std::move(question), std::move(due), since});
  }
  if (all.empty()) co_return ok();
  Result<> asked = co_await ask(std::move(all));
  co_return asked;
}

/// False: it is not there. What was known of another place is forgotten.
/// fails: Cancelled.
Async<bool> Lookout::look_at_place(LanPtr lan) {
  model::NodeNetwork network = lan->network;
  Result<std::string> place = co_await needs_.lans.place_of(std::move(network));
  if (place.failed_with(Errc::Cancelled)) co_return std::move(place).error();
  if (!place) note_trouble(*lan, place.error());
  if (!place || *place != lan->place) be_deaf(*lan);
  lan->place = place ? *place : "";
  co_return place.has_value();
}

/// Asks for what is due, and listens for the others, too: those that were handed out and are not
/// claimed yet are among them. nullptr: it could not be asked.
/// fails: Cancelled.
Async<std::shared_ptr<LanQuestion>> Lookout::begin(LanPtr lan,
                                                   std::vector<model::NodeAddress> due) {
  std::vector<model::NodeAddress> all = lan->silence.left(due, needs_.clock.now());
  model::NodeNetwork network = lan->network;
  std::vector<netns::IpAddress> addresses = addresses_of(due);
  std::vector<netns::IpAddress> besides = addresses_of(all);
  all.insert(all.end(), due.begin(), due.end());
  Result<std::shared_ptr<LanQuestion>> question =
      co_await needs_.lans.begin(std::move(network), std::move(addresses), std::move(besides));
  if (question.failed_with(Errc::Cancelled)) co_return question;
  if (!question) {
    lose_ear(*lan, question.error());
    co_return std::shared_ptr<LanQuestion>();
  }
  lan->trouble.clear();
  lan->silence.follow(std::move(all));
  const std::string before = std::exchange(lan->ear, "ear ahead " + std::to_string(++count_));
  nursery_.start(lan->ear, listen(lan, *question));
  if (!before.empty()) nursery_.cancel(before);
  co_return question;
}

/// fails: Cancelled.
Async<> Lookout::ask(std::vector<Asked> all) {
  const Moment begun = needs_.clock.now();
  for (const std::chrono::milliseconds wait : netns::kAskedAgain) {
    BERTH_CO_CHECK(co_await needs_.clock.sleep_until(begun + wait));
    for (Asked& one : all) {
      const Result<> asked = one.question->ask();
      if (asked) continue;
      note_trouble(*one.lan, asked.error());
      one.is_given_up = true;
    }
  }
  BERTH_CO_CHECK(co_await needs_.clock.sleep_until(begun + netns::kProbeLasts));
  for (const Asked& one : all) {
    // Whoever listened may have lost his ear meanwhile.
    if (one.is_given_up || one.lan->ear.empty()) continue;
    for (const model::NodeAddress& address : one.addresses)
      one.lan->silence.keep(address, one.since);
  }
  co_return ok();
}

Async<> Lookout::listen(LanPtr lan, std::shared_ptr<LanQuestion> question) {
  const std::string ear = lan->ear;
  while (true) {
    Result<std::vector<netns::Claim>> claims = co_await question->hear();
    if (claims.failed_with(Errc::Cancelled)) co_return std::move(claims).error();
    if (!claims) {
      if (lan->ear == ear) lose_ear(*lan, claims.error());
      co_return ok();
    }
    for (const netns::Claim& claim : *claims) {
      const auto news = lan->silence.hear(claim.address, needs_.clock.now());
      if (!news) continue;
      log::info(
          "an address of a LAN is somebody else's; no task gets it",
          {{"name", lan->network.name}, {"address", *news}, {"what", netns::text_of(claim.by)}});
      wake();
    }
  }
}

/// Nothing is known of a LAN that is not heard.
void Lookout::lose_ear(Lan& lan, const Error& error) {
  note_trouble(lan, error);
  be_deaf(lan);
  lan.place.clear();
  wake();
}

void Lookout::wake() {
  is_stale_ = true;
  woken_.cancel();
}

void Lookout::be_deaf(Lan& lan) {
  if (!lan.ear.empty()) nursery_.cancel(std::exchange(lan.ear, ""));
  lan.silence.forget();
}

void Lookout::note_trouble(Lan& lan, const Error& error) {
  lan.try_again = needs_.clock.now() + kTryAgain;
  if (std::exchange(lan.trouble, error.text()) == error.text()) return;
  log::warn("addresses of a LAN cannot be asked for ahead: tasks ask for theirs",
            {{"name", lan.network.name}, {"error", error.text()}});
}

/// fails: Cancelled.
Async<> Lookout::wait() {
  using namespace asio::experimental::awaitable_operators;
  const bool cancelled_before = co_await is_cancelled();
  if (cancelled_before) co_return Error{Errc::Cancelled, 0, "no more LANs to look out for"};
  if (is_stale_) co_return ok();
  Moment until = lans_.empty() ? Moment::max() : rested_;
  for (const auto& [name, lan] : lans_) {
    const std::vector<model::NodeAddress> wanted = wanted_of(*lan);
    const bool has_trouble = !lan->trouble.empty() && !wanted.empty();
    until = std::min(until, has_trouble ? lan->try_again : lan->silence.due_at(wanted));
  }
  const auto first = co_await (detail::wait_for_cancel(woken_) ||
                               detail::quietly(needs_.clock.sleep_until(until)));
  const bool cancelled = co_await is_cancelled();
  if (cancelled) co_return Error{Errc::Cancelled, 0, "no more LANs to look out for"};
  if (first.index() == 1 && needs_.clock.now() >= rested_) rested_ = Moment::max();
  co_return ok();
}

}  // namespace berth::networks
