// stop_container.cpp - stop signal, stop timeout, SIGKILL, a look.
#include "agent/steps/stop_container.hpp"

#include <algorithm>
#include <csignal>

#include "agent/model/ids.hpp"
#include "agent/plan/stop.hpp"
#include "agent/steps/look.hpp"
#include "agent/steps/persist.hpp"

namespace berth::steps {

namespace {

constexpr std::chrono::seconds kExitIsHeardOf{5};

std::string id_of(const model::Record& record, std::size_t container) {
  return model::container_id_of(model::task_id_of(record.task.arn), container);
}

Async<> send(Tools* tools, std::string id, int signal, bool all) {
  const Deadline by = tools->clock.in(tools->limits.call);
  Result<> sent = co_await tools->containers.kill(std::move(id), signal, all, by);
  co_return sent;
}

/// What is left of the stop timeout. The wall clock may have jumped: never more than the whole.
std::chrono::milliseconds rest_of_timeout(const Tools& tools, const model::Record& record,
                                          std::size_t container) {
  const auto signalled = record.containers[container].stop_signalled_at;
  if (!signalled) return std::chrono::milliseconds(0);
  const std::chrono::milliseconds whole =
      plan::stop_timeout_for(record.task.containers[container], tools.settings);
  const std::chrono::milliseconds gone = tools.clock.wall() - *signalled;
  return std::clamp(whole - gone, std::chrono::milliseconds(0), whole);
}

}  // namespace

Async<Sight> signal_container(Tools& tools, RecordPtr record, std::size_t container) {
  const int signal = plan::stop_signal_for(*record, container);
  std::string id = id_of(*record, container);
  BERTH_CO_CHECK(co_await persist(tools, record, "SignalContainer", send, &tools, std::move(id),
                                  signal, false));
  co_return Sight(engine::StopSignalled{container});
}

Async<Sight> kill_container(Tools& tools, RecordPtr record, std::size_t container) {
  const std::chrono::milliseconds wait = rest_of_timeout(tools, *record, container);
  BERTH_CO_CHECK(co_await tools.clock.sleep(wait));
  std::string id = id_of(*record, container);
  BERTH_CO_CHECK(
      co_await persist(tools, record, "KillContainer", send, &tools, std::move(id), SIGKILL, true));
  co_return Sight(engine::Killed{container});
}

Async<Sight> confirm_exit(Tools& tools, RecordPtr record, std::size_t container) {
  BERTH_CO_CHECK(co_await tools.clock.sleep(kExitIsHeardOf));
  BERTH_CO_TRY(const engine::ContainerLook look,
               co_await look_at_container(tools, record, container));
  co_return Sight(engine::ContainerLooked{container, look});
}

}  // namespace berth::steps
