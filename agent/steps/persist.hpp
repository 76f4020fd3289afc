// persist.hpp - for steps that must succeed some day: tries again until they do or are cancelled.
#pragma once

#include <string>

#include "agent/model/ids.hpp"
#include "agent/steps/tools.hpp"
#include "base/backoff.hpp"
#include "base/log.hpp"

namespace berth::steps {

/// What is tried, and until when.
struct Trying {
  Trying(const char* step_name, Deadline until = Deadline::never()) : step(step_name), by(until) {}

  std::string step;
  Deadline by;
};

/// Calls `attempt(Args...)` until it succeeds, with waits from 100 ms to 10 s between; each failure
/// is logged. `attempt` is a function, not a capturing lambda; its arguments are copied for each
/// try.
///
/// fails:  Cancelled; past `trying.by` as the last try did.
template <class T, class... Args>
Async<T> persist(Tools& tools, RecordPtr record, Trying trying, Async<T> (*attempt)(Args...),
                 std::type_identity_t<Args>... args) {
  Backoff backoff({std::chrono::milliseconds(100), std::chrono::seconds(10), 2.0, 0.2});
  Random random;
  while (true) {
    Result<T> outcome = co_await attempt(args...);
    if (outcome || outcome.failed_with(Errc::Cancelled)) co_return outcome;
    const std::chrono::milliseconds wait = backoff.next(random);
    if (!trying.by.is_never() && tools.clock.now() + wait >= trying.by.at) co_return outcome;
    log::warn("step failed, trying again", {{"task", record->task.arn},
                                            {"step", trying.step},
                                            {"wait_ms", wait.count()},
                                            {"error", outcome.error().text()}});
    BERTH_CO_CHECK(co_await tools.clock.sleep(wait));
  }
}

}  // namespace berth::steps
