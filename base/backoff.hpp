// backoff.hpp - how long to wait before trying again; pure.
#pragma once

#include <algorithm>
#include <chrono>

#include "base/random.hpp"

namespace berth {

/// Exponential waits with jitter. source: reference pages of the ECS agent give the numbers.
struct BackoffPolicy {
  std::chrono::milliseconds first{250};
  std::chrono::milliseconds most{120'000};
  double factor = 1.5;
  double jitter = 0.2;  ///< up to this share is added at random
};

class Backoff {
 public:
  explicit Backoff(BackoffPolicy policy) : policy_(policy), next_(policy.first) {}

  std::chrono::milliseconds next(Random& random) {
    const auto base = next_;
    const double grown = static_cast<double>(next_.count()) * policy_.factor;
    next_ = std::min(policy_.most, std::chrono::milliseconds(static_cast<std::int64_t>(grown)));
    const double extra = static_cast<double>(base.count()) * policy_.jitter * random.unit();
    return base + std::chrono::milliseconds(static_cast<std::int64_t>(extra));
  }
  void reset() { next_ = policy_.first; }

 private:
  BackoffPolicy policy_;
  std::chrono::milliseconds next_;
};

}  // namespace berth
