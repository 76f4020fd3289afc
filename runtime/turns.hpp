// turns.hpp - one at a time for each name, first come first served.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <map>
#include <memory>
#include <string>

#include "base/async.hpp"

namespace berth::runtime {

/// Turns taken by name; who holds one lets the next in by dropping it. Loop thread only; outlives
/// every turn.
class Turns {
 public:
  class Turn {
   public:
    Turn() = default;
    Turn(Turns& turns, std::string name) : turns_(&turns), name_(std::move(name)) {}
    Turn(Turn&& other) noexcept
        : turns_(std::exchange(other.turns_, nullptr)), name_(std::move(other.name_)) {}
    Turn& operator=(Turn&& other) noexcept {
      std::swap(turns_, other.turns_);
      std::swap(name_, other.name_);
      return *this;
    }
    ~Turn() {
      if (turns_) turns_->pass_on(name_);
    }

   private:
    Turns* turns_ = nullptr;
    std::string name_;
  };

  /// Waits until nobody before us holds or wants the name. "" is nobody's: no waiting.
  /// fails:  TimedOut, Cancelled.
  Async<Turn> take(std::string name, Deadline by);

 private:
  struct Waiting {
    explicit Waiting(asio::any_io_executor executor) : timer(executor) {}
    asio::steady_timer timer;
    bool is_let_in = false;
  };

  void pass_on(const std::string& name);

  std::map<std::string, std::deque<std::shared_ptr<Waiting>>> held_;  ///< and who waits for it
};

}  // namespace berth::runtime
