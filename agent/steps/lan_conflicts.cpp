// lan_conflicts.cpp - times, by address.
#include "agent/steps/lan_conflicts.hpp"

namespace berth::steps {

bool LanConflicts::is_worth_a_word(const netns::IpAddress& address, const netns::MacAddress& by,
                                   Moment now) {
  auto& told = known_[address].told;
  std::erase_if(told, [now](const auto& one) { return now - one.second >= kBetweenWords; });
  if (told.contains(by) || told.size() >= kMostMachines) return false;
  told[by] = now;
  return true;
}

bool LanConflicts::is_worth_an_answer(const netns::IpAddress& address, Moment now) {
  Moment& answered = known_[address].answered;
  if (answered != Moment::min() && now - answered < kBetweenAnswers) return false;
  answered = now;
  return true;
}

void LanConflicts::forget(const netns::IpAddress& address) {
  known_.erase(address);
}

}  // namespace berth::steps
