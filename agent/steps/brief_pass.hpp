// brief_pass.hpp - a place in a gate that one who is stuck does not keep.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <memory>

#include "base/gate.hpp"

namespace berth::steps {

/// Gives its place back when it goes, at the latest after kLimit: a start that hangs delays its own
/// task only.
class BriefPass {
 public:
  static constexpr std::chrono::seconds kLimit{5};  // a slow start takes one

  BriefPass(const asio::any_io_executor& executor, Gate::Pass pass)
      : pass_(std::make_shared<Gate::Pass>(std::move(pass))), limit_(executor, kLimit) {
    limit_.async_wait([pass = pass_](const boost::system::error_code& failed) {
      if (!failed) *pass = Gate::Pass();
    });
  }
  ~BriefPass() { *pass_ = Gate::Pass(); }
  BriefPass(const BriefPass&) = delete;
  BriefPass& operator=(const BriefPass&) = delete;

 private:
  std::shared_ptr<Gate::Pass> pass_;
  asio::steady_timer limit_;
};

}  // namespace berth::steps
