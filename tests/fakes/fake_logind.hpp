// fake_logind.hpp - a logind that a test starts, stops and has shut the host down.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <deque>
#include <exception>
#include <vector>

#include "systemd/logind.hpp"
#include "tests/fakes/fail_plan.hpp"

namespace berth::testing {

/// Locks that were granted, as logind keeps them: one end of a pipe each.
class GrantedLocks {
 public:
  UniqueFd grant() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) std::terminate();
    kept_.emplace_back(ends[0]);
    return UniqueFd(ends[1]);
  }
  /// How many have not been let go.
  std::size_t held() const {
    return static_cast<std::size_t>(std::count_if(kept_.begin(), kept_.end(), [](const auto& one) {
      pollfd asked{one.get(), 0, 0};
      return ::poll(&asked, 1, 0) == 0;
    }));
  }

 private:
  std::vector<UniqueFd> kept_;
};

/// At first there is a bus, and no logind on it. Loop thread only.
class FakeLogind final : public systemd::Logind {
 public:
  explicit FakeLogind(asio::any_io_executor executor)
      : changed_(std::move(executor), std::chrono::steady_clock::time_point::max()) {}

  Async<bool> listen(Deadline) override {
    news_.clear();
    listens_ = false;
    if (auto planned = plan.next()) co_return *planned;
    if (!has_bus_) co_return Error{Errc::NotFound, 0, "there is no bus"};
    listens_ = true;
    co_return runs_;
  }

  Async<UniqueFd> delay_shutdown(systemd::ShutdownWait, Deadline) override {
    if (auto planned = plan.next()) co_return *planned;
    if (!listens_) co_return Error{Errc::Unavailable, 0, "not on the bus"};
    if (!runs_) co_return Error{Errc::NotFound, 0, "logind does not run"};
    if (goes_down_) co_return Error{Errc::Exhausted, 0, "the host goes down"};
    co_return locks.grant();
  }

  Async<systemd::LogindNews> next() override {
    if (auto planned = plan.next()) co_return *planned;
    while (news_.empty()) {
      if (!listens_) co_return Error{Errc::Unavailable, 0, "the bus has ended"};
      const bool cancelled = co_await is_cancelled();
      if (cancelled) co_return Error{Errc::Cancelled, 0, "cancelled"};
      co_await changed_.async_wait(use_result);
    }
    const systemd::LogindNews first = news_.front();
    news_.pop_front();
    co_return first;
  }

  void start() {
    runs_ = true;
    goes_down_ = false;
    tell(systemd::LogindNews::Appeared);
  }
  void stop() { runs_ = false; }
  void go_down() {
    goes_down_ = true;
    tell(systemd::LogindNews::GoesDown);
  }
  void stay() {
    goes_down_ = false;
    tell(systemd::LogindNews::Stays);
  }
  void end_bus() {
    has_bus_ = listens_ = false;
    changed_.cancel();
  }
  void begin_bus() { has_bus_ = true; }

  GrantedLocks locks;
  FailPlan plan;  ///< of all three calls

 private:
  void tell(systemd::LogindNews one) {
    if (listens_) news_.push_back(one);
    changed_.cancel();
  }

  asio::steady_timer changed_;
  std::deque<systemd::LogindNews> news_;
  bool has_bus_ = true;
  bool runs_ = false;
  bool goes_down_ = false;
  bool listens_ = false;
};

}  // namespace berth::testing
