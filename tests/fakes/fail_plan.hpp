// fail_plan.hpp - which call of a fake fails, and with what.
#pragma once

#include <map>
#include <optional>
#include <utility>

#include "base/result.hpp"

namespace berth::testing {

/// Carried by every fake, so that a test can break each call in turn.
class FailPlan {
 public:
  /// nth: counted from 1.
  void fail_call(int nth, Error with) { fails_[nth] = std::move(with); }

  /// Counts one call; returns the error planned for it, if any.
  std::optional<Error> next() {
    const auto planned = fails_.find(++calls_);
    if (planned == fails_.end()) return std::nullopt;
    return planned->second;
  }

  int calls() const { return calls_; }

 private:
  std::map<int, Error> fails_;
  int calls_ = 0;
};

}  // namespace berth::testing
