// silence.cpp - two maps of moments.
#include "agent/networks/silence.hpp"

#include <algorithm>

namespace berth::networks {

std::vector<netns::IpAddress> parsed(const model::NodeAddress& address) {
  std::vector<netns::IpAddress> all;
  for (const std::string* text : {&address.ipv4, &address.ipv6}) {
    if (const Result<netns::IpAddress> one = netns::parse_ip(*text)) all.push_back(*one);
  }
  return all;
}

void Silence::keep(const model::NodeAddress& address, Moment asked) {
  const auto heard = taken_.find(address.key());
  if (heard != taken_.end() && heard->second >= asked) return;
  taken_.erase(address.key());
  silent_[address.key()] = asked;
}

std::optional<std::string> Silence::hear(const netns::IpAddress& address, Moment now) {
  for (const auto& [key, one] : followed_) {
    const std::vector<netns::IpAddress> all = parsed(one);
    if (std::find(all.begin(), all.end(), address) == all.end()) continue;
    silent_.erase(key);
    const bool is_news = !taken(now).contains(key);
    taken_[key] = now;
    return is_news ? std::optional(key) : std::nullopt;
  }
  return std::nullopt;
}

bool Silence::claim(const std::vector<netns::IpAddress>& addresses, Moment now) {
  const std::set<std::string> known = free(now);
  for (const auto& [key, one] : followed_) {
    const std::vector<netns::IpAddress> all = parsed(one);
    const bool is_it = known.contains(key) && !addresses.empty() &&
                       std::all_of(addresses.begin(), addresses.end(), [&all](const auto& asked) {
                         return std::find(all.begin(), all.end(), asked) != all.end();
                       });
    if (!is_it) continue;
    silent_.erase(key);
    return true;
  }
  return false;
}

void Silence::follow(std::vector<model::NodeAddress> addresses) {
  followed_.clear();
  for (model::NodeAddress& one : addresses) followed_.emplace(one.key(), std::move(one));
  std::erase_if(silent_, [this](const auto& one) { return !followed_.contains(one.first); });
}

void Silence::drop_old(Moment now) {
  std::erase_if(silent_, [now](const auto& one) { return now - one.second >= kHolds; });
  std::erase_if(taken_, [now](const auto& one) { return now - one.second >= kBelieved; });
}

void Silence::forget() {
  followed_.clear();
  silent_.clear();
  taken_.clear();
}

std::set<std::string> Silence::free(Moment now) const {
  std::set<std::string> keys;
  for (const auto& [key, asked] : silent_) {
    if (now - asked < kHolds) keys.insert(key);
  }
  return keys;
}

std::set<std::string> Silence::taken(Moment now) const {
  std::set<std::string> keys;
  for (const auto& [key, heard] : taken_) {
    if (now - heard < kBelieved) keys.insert(key);
  }
  return keys;
}

std::vector<model::NodeAddress> Silence::left(const std::vector<model::NodeAddress>& others,
                                              Moment now) const {
  std::vector<model::NodeAddress> all;
  for (const std::string& key : free(now)) {
    const bool is_among = std::any_of(others.begin(), others.end(),
                                      [&key](const auto& one) { return one.key() == key; });
    if (!is_among) all.push_back(followed_.at(key));
  }
  return all;
}

std::vector<model::NodeAddress> Silence::due(std::vector<model::NodeAddress> wanted,
                                             Moment now) const {
  std::erase_if(wanted, [this, now](const auto& one) {
    const auto asked = silent_.find(one.key());
    return asked != silent_.end() && now - asked->second < kAskedEvery;
  });
  return wanted;
}

Silence::Moment Silence::due_at(const std::vector<model::NodeAddress>& wanted) const {
  Moment first = Moment::max();
  for (const model::NodeAddress& one : wanted) {
    const auto asked = silent_.find(one.key());
    if (asked != silent_.end()) first = std::min(first, asked->second + kAskedEvery);
  }
  for (const auto& [key, heard] : taken_) first = std::min(first, heard + kBelieved);
  return first;
}

}  // namespace berth::networks
