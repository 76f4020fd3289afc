// lan_conflicts.hpp - which conflicts about addresses are worth a word, and an answer, now; pure.
#pragma once

#include <chrono>
#include <map>

#include "netns/spec.hpp"

namespace berth::steps {

/// What was said and answered lately. Bounded for each address, so a machine that makes up hardware
/// addresses cannot fill logs.
class LanConflicts {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  static constexpr std::chrono::seconds kBetweenWords{60};
  /// source: RFC 5227, section 2.4, DEFEND_INTERVAL.
  static constexpr std::chrono::seconds kBetweenAnswers{10};
  static constexpr std::size_t kMostMachines = 8;

  /// True once a minute for each machine, for eight of them at most.
  bool is_worth_a_word(const netns::IpAddress& address, const netns::MacAddress& by, Moment now);
  /// True once in ten seconds.
  bool is_worth_an_answer(const netns::IpAddress& address, Moment now);

  /// Nobody's any more.
  void forget(const netns::IpAddress& address);

 private:
  struct Known {
    std::map<netns::MacAddress, Moment> told;
    Moment answered = Moment::min();
  };
  std::map<netns::IpAddress, Known> known_;
};

}  // namespace berth::steps
