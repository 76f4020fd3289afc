// turns.cpp - one at a time for each name.
#include "runtime/turns.hpp"

#include <algorithm>

namespace berth::runtime {

Async<Turns::Turn> Turns::take(std::string name, Deadline by) {
  if (name.empty()) co_return Turn{};
  auto [line, is_free] = held_.try_emplace(name);
  if (is_free) {
    Turn mine(*this, name);
    co_return std::move(mine);
  }
  auto executor = co_await asio::this_coro::executor;
  auto waiting = std::make_shared<Waiting>(executor);
  held_[name].push_back(waiting);
  waiting->timer.expires_at(by.at);
  co_await waiting->timer.async_wait(use_result);

  if (waiting->is_let_in) {
    Turn mine(*this, name);
    co_return std::move(mine);
  }
  auto& queue = held_[name];
  queue.erase(std::find(queue.begin(), queue.end(), waiting));
  if (by.has_passed()) co_return Error{Errc::TimedOut, 0, "waiting for " + name};
  co_return Error{Errc::Cancelled, 0, "waiting for " + name};
}

void Turns::pass_on(const std::string& name) {
  const auto line = held_.find(name);
  if (line->second.empty()) {
    held_.erase(line);
    return;
  }
  const auto next = std::move(line->second.front());
  line->second.pop_front();
  next->is_let_in = true;
  next->timer.cancel();
}

}  // namespace berth::runtime
