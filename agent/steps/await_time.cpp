// await_time.cpp - the queue's turn, and sleeping for what is left of a time.
#include "agent/steps/await_time.hpp"

#include <algorithm>

namespace berth::steps {

std::chrono::milliseconds rest_of(std::chrono::milliseconds whole, std::optional<WallTime> since,
                                  WallTime now) {
  if (!since) return std::chrono::milliseconds(0);
  const std::chrono::milliseconds gone = now - *since;
  return std::clamp(whole - gone, std::chrono::milliseconds(0), whole);
}

Async<Sight> await_resources(Tools& tools, RecordPtr record) {
  const Deadline by = Deadline::after(tools.limits.resources);
  std::string arn = record->task.arn;
  plan::Demand demand = plan::demand_of(record->task);
  BERTH_CO_CHECK(co_await tools.admission.enter(std::move(arn), std::move(demand), by));
  co_return Sight(engine::Admitted{});
}

Async<Sight> await_start_timeout(Tools& tools, RecordPtr record, std::size_t container) {
  const std::chrono::milliseconds whole = *record->task.containers[container].start_timeout;
  const auto since = record->containers[container].last_start();
  BERTH_CO_CHECK(co_await tools.clock.sleep(rest_of(whole, since, tools.clock.wall())));
  co_return Sight(engine::StartTimedOut{container});
}

Async<Sight> await_cleanup(Tools& tools, RecordPtr record) {
  const WallTime stopped = record->stopped_at.value_or(WallTime{});
  BERTH_CO_CHECK(
      co_await tools.clock.sleep(rest_of(tools.limits.cleanup, stopped, tools.clock.wall())));
  co_return Sight(engine::CleanupDue{});
}

}  // namespace berth::steps
