// networks.cpp - look at the files, settle what holds, make pools of it, wait.
#include "agent/networks/networks.hpp"

#include <algorithm>

#include "agent/model/ids.hpp"
#include "agent/networks/interface.hpp"
#include "agent/networks/network_file.hpp"
#include "agent/networks/range.hpp"
#include "base/log.hpp"

namespace berth::networks {

namespace {

constexpr std::chrono::minutes kRemembered{10};

model::NodeAddress address_of(const model::Eni& eni) {
  return {eni.ipv4, eni.gateway, eni.ipv6};
}

bool is_same(const Result<std::string>& one, const Result<std::string>& other) {
  if (one && other) return *one == *other;
  return !one && !other && one.error().message == other.error().message;
}

}  // namespace

Networks::Networks(Needs needs, asio::any_io_executor executor)
    : needs_(std::move(needs)),
      folder_(needs_.directory, "networks", needs_.clock, needs_.offload, std::move(executor)) {}

Async<> Networks::begin(std::vector<model::Record> records) {
  BERTH_CO_TRY(const std::vector<records::Rest> rests, co_await needs_.book.rests());
  for (const records::Rest& one : rests) resting_[one.address] = one.since;
  // The address that was taken last is where the round goes on.
  std::stable_sort(records.begin(), records.end(),
                   [](const auto& a, const auto& b) { return a.accepted_at < b.accepted_at; });
  for (const model::Record& record : records) keep(record);
  BERTH_CO_TRY(const std::optional<Texts> texts, co_await folder_.look());
  if (texts) understand(*texts);
  co_return ok();
}

Async<> Networks::run() {
  while (true) {
    BERTH_CO_TRY(const std::optional<Texts> texts, co_await folder_.look());
    if (texts) understand(*texts);
    if (!is_followed_) BERTH_CO_CHECK(co_await follow());
    BERTH_CO_CHECK(co_await folder_.wait());
  }
}

void Networks::changed(const model::Record& record) {
  if (!record.task.eni) return;
  keep(record);
  if (groups_.all().empty()) return;
  if (!groups_.refresh(all(), needs_.records(), needs_.clock.wall())) return;
  is_followed_ = false;
  folder_.wake();
}

std::vector<model::NodeNetwork> Networks::all() const {
  std::vector<model::NodeNetwork> networks;
  for (const auto& [name, file] : files_) {
    if (file.holds) networks.push_back(*file.holds);
  }
  return networks;
}

std::vector<FileState> Networks::files() const {
  std::vector<FileState> states;
  for (const auto& [name, file] : files_) {
    states.push_back(
        {name, file.complaint, file.holds.has_value(), file.holds ? file.holds->name : ""});
  }
  return states;
}

void Networks::understand(const Texts& texts) {
  const Files before = files_;
  std::erase_if(files_, [&texts](const auto& one) { return !texts.contains(one.first); });
  for (const auto& [name, text] : texts) {
    const auto known = texts_.find(name);
    if (known != texts_.end() && is_same(known->second, text)) continue;
    File& file = files_[name];
    auto read = text ? read_network(*text) : Result<model::NodeNetwork>(text.error());
    file.says = read ? std::optional(*read) : std::nullopt;
    file.complaint = read ? "" : read.error().message;
  }
  texts_ = texts;
  agree(files_, needs_.reserved);
  if (files_ == before) return;
  note_complaints(before);
  remake_pools();
  groups_.refresh(all(), needs_.records(), needs_.clock.wall());
  is_followed_ = false;
  needs_.moved_on();
  needs_.changed();
}

/// Each complaint once: when it is new.
void Networks::note_complaints(const Files& before) const {
  for (const auto& [name, file] : files_) {
    if (file.complaint.empty()) continue;
    const auto known = before.find(name);
    if (known != before.end() && known->second.complaint == file.complaint) continue;
    log::error("file of a network does not hold; what it said before goes on",
               {{"file", name}, {"error", file.complaint}});
  }
}

void Networks::remake_pools() {
  pools_.clear();
  std::map<std::uint64_t, const Held*> in_turn;
  for (const auto& [address, held] : held_) in_turn[held.turn] = &held;
  for (const model::NodeNetwork& network : all()) {
    plan::AddressPool pool(range_of(network));
    for (const auto& [key, since] : resting_) pool.rest({key, "", ""}, since);
    for (const auto& [turn, held] : in_turn) pool.keep(held->address, held->task_arn);
    pools_.insert_or_assign(network.name, std::move(pool));
  }
}

/// Every interface counts, whoever described it: an address of a file's network is nobody else's.
void Networks::keep(const model::Record& record) {
  if (!record.task.eni) return;
  const model::NodeAddress address = address_of(*record.task.eni);
  if (address.key().empty()) return;
  const auto known = held_.find(address.key());
  const bool is_ours = known != held_.end() && known->second.task_arn == record.task.arn;
  if (!record.released) {
    // Somebody else's stays his: one of the two was refused, or goes.
    if (known != held_.end()) return;
    hold(*record.task.eni, record.task.arn);
    for (auto& [name, pool] : pools_) pool.keep(address, record.task.arn);
    needs_.moved_on();
    return;
  }
  const WallTime since = record.stopped_at.value_or(needs_.clock.wall());
  if (is_ours) {
    held_.erase(known);
    const WallTime now = needs_.clock.wall();
    for (auto& [name, pool] : pools_) pool.give_back(address, record.task.arn, now);
    rest({address.key(), now});
    needs_.moved_on();
  } else if (known == held_.end() && !resting_.contains(address.key())) {
    // We ended between the two notes.
    rest({address.key(), since});
  }
}

void Networks::hold(const model::Eni& eni, const std::string& task_arn) {
  const model::NodeAddress address = address_of(eni);
  held_[address.key()] = {task_arn, address, ++turn_, eni.network};
  resting_.erase(address.key());
}

void Networks::rest(const records::Rest& rest) {
  const WallTime oldest = needs_.clock.wall() - kRemembered;
  std::erase_if(resting_, [oldest](const auto& one) { return one.second < oldest; });
  resting_[rest.address] = rest.since;
  needs_.book.note_rest(rest, oldest);
}

std::string Networks::names() const {
  std::string text;
  for (const model::NodeNetwork& network : all()) {
    text.append(text.empty() ? "" : ", ").append(network.name);
  }
  return text;
}

Result<const model::NodeNetwork*> Networks::network_of(const model::Eni& wish) const {
  std::vector<const model::NodeNetwork*> found;
  for (const auto& [name, file] : files_) {
    if (!file.holds) continue;
    if (wish.network.empty() || file.holds->name == wish.network) found.push_back(&*file.holds);
  }
  if (found.size() == 1) return found.front();
  const std::string member = "networkConfiguration.awsvpcConfiguration.subnets";
  if (!wish.network.empty()) {
    const std::string there = names();
    return Error{Errc::Invalid, 0,
                 member + ": \"" + wish.network + "\": no file in " + needs_.directory +
                     " describes this network" +
                     (there.empty() ? "" : "; those there are: " + there)};
  }
  if (!found.empty()) {
    return Error{Errc::Invalid, 0,
                 member + ": is required where there are several networks: one of " + names()};
  }
  return Error{Errc::Invalid, 0,
               "networkMode \"awsvpc\": no file in " + needs_.directory +
                   " describes a network; without one allowed are bridge, host, none, and awsvpc "
                   "with BERTH_ENI_DRIVER=cni"};
}

Result<> Networks::check_groups(const model::Eni& wish) const {
  for (const std::string& id : wish.security_groups) {
    if (groups_.has(id)) continue;
    return Error{Errc::Invalid, 0,
                 "networkConfiguration.awsvpcConfiguration.securityGroups: \"" + id +
                     "\": no file in " + needs_.directory + " describes this group"};
  }
  return ok();
}

Result<> Networks::check(const model::Task& task) const {
  if (!task.eni) return ok();
  BERTH_CHECK(network_of(*task.eni));
  return check_groups(*task.eni);
}

Result<> Networks::give_interface(model::Task& task) {
  if (!task.eni) return ok();
  // What the same task had at an earlier start may be another one's by now.
  model::Eni wish;
  wish.network = task.eni->network;
  wish.security_groups = task.eni->security_groups;
  task.eni = wish;
  BERTH_TRY(const model::NodeNetwork* network, network_of(wish));
  BERTH_CHECK(check_groups(wish));
  std::set<std::string> others;
  if (needs_.taken_on_lan) others = needs_.taken_on_lan(*network);
  std::set<std::string> rather;
  if (needs_.free_on_lan) rather = needs_.free_on_lan(*network);
  plan::AddressPool& pool = pools_.at(network->name);
  const auto address = pool.take(task.arn, needs_.clock.wall(), others, rather);
  if (!address) {
    const bool is_one = network->first == network->last;
    const std::string range = network->first + (is_one ? "" : "-" + network->last);
    const std::uint32_t used = pool.used();
    return Error{Errc::Exhausted, 0,
                 "network " + network->name + " had no free address: " + std::to_string(used) +
                     " of " + range + " are in use" +
                     (used < pool.size() ? ", the others by others of the LAN" : "")};
  }
  task.eni = interface_in(*network, *address, random_);
  task.eni->security_groups = wish.security_groups;
  task.eni->groups = groups_.for_member(wish.security_groups, *task.eni);
  hold(*task.eni, task.arn);
  needs_.moved_on();
  return ok();
}

std::vector<model::NodeAddress> Networks::next(const model::NodeNetwork& network, std::size_t most,
                                               const std::set<std::string>& pass_over) const {
  const auto pool = pools_.find(network.name);
  if (pool == pools_.end()) return {};
  return pool->second.next(most, needs_.clock.wall(), pass_over);
}

void Networks::take_back(const model::Task& task) {
  if (!task.eni) return;
  const auto known = held_.find(address_of(*task.eni).key());
  if (known == held_.end() || known->second.task_arn != task.arn) return;
  const model::NodeAddress address = known->second.address;
  held_.erase(known);
  // Nobody has heard of it: it need not rest.
  for (auto& [name, pool] : pools_) pool.give_back(address, task.arn, WallTime{});
  needs_.moved_on();
}

std::string Networks::objection(const model::Task& task) const {
  if (!task.eni) return "";
  for (const auto& [key, held] : held_) {
    if (held.network.empty() || held.task_arn == task.arn) continue;
    for (const auto& [own, theirs] : {std::pair(&task.eni->ipv4, &held.address.ipv4),
                                      std::pair(&task.eni->ipv6, &held.address.ipv6)}) {
      if (own->empty() || *own != *theirs) continue;
      return "elasticNetworkInterfaces[0]: address " + *own + " is that of task " +
             model::task_id_of(held.task_arn) + ", which has it from network " + held.network +
             " of this node";
    }
  }
  return "";
}

Async<> Networks::follow() {
  is_followed_ = true;
  Result<> followed = co_await needs_.follow();
  if (followed.failed_with(Errc::Cancelled)) co_return followed;
  if (!followed) {
    log::error("security groups of files could not be put in force, trying again",
               {{"error", followed.error().text()}});
    is_followed_ = false;
    folder_.try_again();
  }
  co_return ok();
}

}  // namespace berth::networks
