// stop_container.cpp - stop signal, stop timeout, SIGKILL, a look.
#include "agent/steps/stop_container.hpp"

#include <csignal>

#include "agent/model/ids.hpp"
#include "agent/plan/stop.hpp"
#include "agent/steps/await_time.hpp"
#include "agent/steps/kill_cgroup.hpp"
#include "agent/steps/look.hpp"
#include "agent/steps/persist.hpp"

namespace berth::steps {

namespace {

constexpr std::chrono::seconds kExitIsHeardOf{5};

std::string id_of(const model::Record& record, std::size_t container) {
  return model::container_id_of(model::task_id_of(record.task.arn), container);
}

Async<> send(Tools* tools, std::string id, int signal, bool all, Deadline limit) {
  const Deadline by = earlier(limit, tools->clock.in(tools->limits.call));
  Result<> sent = co_await tools->containers.kill(std::move(id), signal, all, by);
  co_return sent;
}

std::chrono::milliseconds stop_timeout(const Tools& tools, const model::Record& record,
                                       std::size_t container) {
  return plan::stop_timeout_for(record.task.containers[container], tools.settings);
}

Async<> kill_either_way(Tools* tools, RecordPtr record, std::size_t container) {
  Result<> killed =
      co_await send(tools, id_of(*record, container), SIGKILL, true, Deadline::never());
  if (killed || killed.failed_with(Errc::Cancelled)) co_return killed;
  log::warn("the engine does not kill, the kernel does",
            {{"task", record->task.arn},
             {"container", record->task.containers[container].name},
             {"error", killed.error().text()}});
  killed = co_await kill_cgroup(*tools, record, container);
  co_return killed;
}

}  // namespace

Async<Sight> signal_container(Tools& tools, RecordPtr record, std::size_t container) {
  const int signal = plan::stop_signal_for(*record, container);
  const Deadline by = tools.clock.in(stop_timeout(tools, *record, container));
  std::string id = id_of(*record, container);
  BERTH_CO_CHECK(co_await persist(tools, record, {"SignalContainer", by}, send, &tools,
                                  std::move(id), signal, false, by));
  co_return Sight(engine::StopSignalled{container});
}

Async<Sight> kill_container(Tools& tools, RecordPtr record, std::size_t container) {
  const std::chrono::milliseconds wait =
      rest_of(stop_timeout(tools, *record, container),
              record->containers[container].stop_signalled_at, tools.clock.wall());
  BERTH_CO_CHECK(co_await tools.clock.sleep(wait));
  BERTH_CO_CHECK(
      co_await persist(tools, record, "KillContainer", kill_either_way, &tools, record, container));
  co_return Sight(engine::Killed{container});
}

Async<Sight> confirm_exit(Tools& tools, RecordPtr record, std::size_t container) {
  BERTH_CO_CHECK(co_await tools.clock.sleep(kExitIsHeardOf));
  BERTH_CO_TRY(const engine::ContainerLook look,
               co_await look_at_container(tools, record, container));
  co_return Sight(engine::ContainerLooked{container, look});
}

}  // namespace berth::steps
