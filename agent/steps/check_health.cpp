// check_health.cpp - the wait, the exec, the verdict of one probe.
#include "agent/steps/check_health.hpp"

#include <algorithm>

#include "agent/model/ids.hpp"
#include "base/log.hpp"
#include "base/random.hpp"

namespace berth::steps {

namespace {

constexpr std::chrono::milliseconds kStartInterval{5'000};  // Docker's start interval
constexpr std::chrono::milliseconds kEngineAway{1'000};

std::chrono::milliseconds wait_for(const model::HealthCheck& check,
                                   const model::ContainerRecord& container, WallTime now) {
  const bool starting = container.health != model::Health::Healthy && container.started_at &&
                        now < *container.started_at + check.start_period;
  return starting ? std::min(check.interval, kStartInterval) : check.interval;
}

std::string seconds_text(std::chrono::milliseconds time) {
  return time.count() % 1000 == 0 ? std::to_string(time.count() / 1000) + "s"
                                  : std::to_string(time.count()) + "ms";
}

engine::Probed verdict(std::size_t container, const Result<runtime::ExitStatus>& ended,
                       const model::HealthCheck& check) {
  if (ended) {
    return {container, ended->code == 0, "exit code " + std::to_string(ended->code)};
  }
  if (ended.error().code == Errc::TimedOut) {
    return {container, false,
            "Health check exceeded timeout (" + seconds_text(check.timeout) + ")"};
  }
  return {container, false, ended.error().message};
}

}  // namespace

Async<Sight> check_health(Tools& tools, RecordPtr record, std::size_t container) {
  const model::HealthCheck& check = *record->task.containers[container].health_check;
  const std::string id = model::container_id_of(model::task_id_of(record->task.arn), container);
  const auto wait = wait_for(check, record->containers[container], tools.clock.wall());
  BERTH_CO_CHECK(co_await tools.clock.sleep(wait));
  Random random;
  while (true) {
    runtime::ExecSpec exec{"health-" + random.hex(12), check.command};
    std::string copy = id;
    const Deadline by = tools.clock.in(check.timeout);
    Result<runtime::ExitStatus> ended =
        co_await tools.containers.exec(std::move(copy), std::move(exec), by);
    if (ended.failed_with(Errc::Cancelled)) co_return std::move(ended).error();
    if (!ended.failed_with(Errc::Unavailable)) {
      engine::Probed probed = verdict(container, ended, check);
      if (!probed.healthy) {
        log::debug("health probe failed", {{"task", record->task.arn},
                                           {"container", record->task.containers[container].name},
                                           {"reason", probed.output}});
      }
      co_return Sight(std::move(probed));
    }
    // The engine is away: that says nothing about the container.
    BERTH_CO_CHECK(co_await tools.clock.sleep(kEngineAway));
  }
}

}  // namespace berth::steps
