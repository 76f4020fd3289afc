// fake_lans.hpp - a LAN whose machines say what a test has them say.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/networks/lans.hpp"
#include "tests/fakes/fail_plan.hpp"

namespace berth::testing {

/// One LAN behind every network.
class FakeLans final : public networks::Lans {
 public:
  class Question final : public networks::LanQuestion {
   public:
    Question(std::vector<netns::IpAddress> asked, const asio::any_io_executor& executor)
        : addresses(std::move(asked)),
          heard_(executor, std::chrono::steady_clock::time_point::max()) {}

    Result<> ask() override {
      ++times;
      return ok();
    }
    Async<std::vector<netns::Claim>> hear() override {
      while (said_.empty() && !is_broken_) {
        const bool cancelled = co_await is_cancelled();
        if (cancelled) co_return Error{Errc::Cancelled, 0, "nobody listens"};
        co_await heard_.async_wait(use_result);
      }
      if (is_broken_) co_return Error{Errc::Broken, 0, "the ear is lost"};
      co_return std::exchange(said_, {});
    }

    void say(netns::Claim claim) {
      said_.push_back(claim);
      heard_.cancel();
    }
    void break_off() {
      is_broken_ = true;
      heard_.cancel();
    }

    std::vector<netns::IpAddress> addresses;
    std::vector<netns::IpAddress> besides;
    int times = 1;

   private:
    std::vector<netns::Claim> said_;
    bool is_broken_ = false;
    asio::steady_timer heard_;
  };

  Async<std::string> place_of(model::NodeNetwork) override {
    if (const auto failed = plan.next()) co_return *failed;
    co_return place;
  }
  Async<std::shared_ptr<networks::LanQuestion>> begin(
      model::NodeNetwork, std::vector<netns::IpAddress> addresses,
      std::vector<netns::IpAddress> besides) override {
    if (const auto failed = plan.next()) co_return *failed;
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    auto question = std::make_shared<Question>(std::move(addresses), executor);
    question->besides = std::move(besides);
    questions.push_back(question);
    for (const netns::IpAddress& address : question->addresses) {
      if (owners.contains(address)) {
        question->say({netns::Claim::Kind::Uses, address, {{2, 0, 0, 0, 0, 1}}});
      }
    }
    co_return std::shared_ptr<networks::LanQuestion>(question);
  }

  std::string place = "2 up";
  std::set<netns::IpAddress> owners;                 ///< they answer
  std::vector<std::shared_ptr<Question>> questions;  ///< all that were asked, ever
  FailPlan plan;
};

}  // namespace berth::testing
