// nursery.cpp - spawn, cancel, wait.
#include "base/nursery.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <cassert>
#include <exception>
#include <vector>

#include "base/log.hpp"

namespace berth {

namespace {

constexpr auto kRound = std::chrono::milliseconds(50);
constexpr int kRoundsPerWarning = 100;  // five seconds

Async<> guarded(Async<> work) {
  co_await asio::this_coro::throw_if_cancelled(false);
  Result<> outcome = co_await std::move(work);
  co_return outcome;
}

}  // namespace

Nursery::Nursery(asio::any_io_executor executor)
    : executor_(executor), empty_(executor, std::chrono::steady_clock::time_point::max()) {}

Nursery::~Nursery() {
  assert(running_.empty() && "a nursery was destroyed with work running");
}

void Nursery::start(std::string name, Async<> work) {
  if (stopping_) return;
  const std::uint64_t id = next_++;
  auto [place, fresh] =
      running_.emplace(id, Entry{std::move(name), std::make_unique<asio::cancellation_signal>()});
  auto on_end = [this, id](std::exception_ptr thrown, Result<> outcome) {
    const std::string& who = running_.at(id).name;
    if (thrown) {
      try {
        std::rethrow_exception(thrown);
      } catch (const std::exception& bug) {
        log::error("coroutine threw", {{"what", who}, {"error", bug.what()}});
      }
      std::terminate();
    }
    if (!outcome && outcome.error().code != Errc::Cancelled) {
      log::warn("work ended with an error", {{"what", who}, {"error", outcome.error().text()}});
    }
    ended(id);
  };
  asio::co_spawn(executor_, guarded(std::move(work)),
                 asio::bind_cancellation_slot(place->second.cancel->slot(), std::move(on_end)));
}

void Nursery::cancel(const std::string& name) {
  for (auto& [id, entry] : running_) {
    if (entry.name == name) {
      // Not from inside the cancelled coroutine's own stack: it may be the one that calls.
      asio::post(executor_, [this, id = id] {
        if (auto found = running_.find(id); found != running_.end()) {
          found->second.cancel->emit(asio::cancellation_type::all);
        }
      });
    }
  }
}

Async<> Nursery::stop() {
  stopping_ = true;
  // Some operations ignore a cancel that comes between two waits; so it is repeated until quiet.
  for (int round = 0; !running_.empty(); ++round) {
    std::vector<std::uint64_t> ids;
    for (auto& [id, entry] : running_) {
      ids.push_back(id);
      if (round % kRoundsPerWarning == kRoundsPerWarning - 1) {
        log::warn("waiting for work to end", {{"what", entry.name}});
      }
    }
    for (std::uint64_t id : ids) {
      if (auto found = running_.find(id); found != running_.end()) {
        found->second.cancel->emit(asio::cancellation_type::all);
      }
    }
    if (running_.empty()) break;
    empty_.expires_after(kRound);
    co_await empty_.async_wait(use_result);
  }
  co_return ok();
}

void Nursery::ended(std::uint64_t id) {
  running_.erase(id);
  if (running_.empty()) empty_.cancel();
}

}  // namespace berth
