// start_container.cpp - through the gate that keeps the node from thrashing.
#include "agent/steps/start_container.hpp"

#include "agent/model/ids.hpp"
#include "agent/plan/containers.hpp"
#include "agent/steps/brief_pass.hpp"
#include "agent/steps/step_limits.hpp"
#include "agent/steps/time_limit.hpp"
#include "base/crash_point.hpp"

namespace berth::steps {

namespace {

Async<> create(Tools& tools, RecordPtr record, std::size_t container) {
  const Deadline by = tools.clock.in(tools.limits.create);
  std::string name = record->task.containers[container].image;
  BERTH_CO_TRY(const runtime::Image image, co_await tools.images.find(std::move(name), by));
  BERTH_CO_TRY(runtime::ContainerSpec spec,
               plan::container_spec(*record, container, image, tools.settings));
  // A directory of the host may be on a file system that hangs.
  auto make = [directories = plan::directories_for(*record, container)]() -> Result<> {
    for (const std::string& directory : directories) BERTH_CHECK(Dir::open_or_make(directory));
    return ok();
  };
  const Deadline made_by = Deadline::after(tools.limits.create);
  BERTH_CO_CHECK(co_await tools.offload.run_until(std::move(make), made_by));
  BERTH_CRASH_POINT("files.folders-made");
  BERTH_CO_CHECK(co_await tools.containers.create(std::move(spec), by));
  co_return ok();
}

}  // namespace

Async<Sight> create_container(Tools& tools, RecordPtr record, std::size_t container) {
  BERTH_CO_TRY(Gate::Pass place, co_await tools.starts.enter());
  const BriefPass pass(co_await asio::this_coro::executor, std::move(place));
  Result<> created = co_await create(tools, std::move(record), container);
  if (!created) {
    co_return told_as_limit(std::move(created).error(), "created", tools.limits.create);
  }
  co_return Sight(engine::ContainerCreated{container});
}

Async<Sight> start_container(Tools& tools, RecordPtr record, std::size_t container) {
  BERTH_CO_TRY(Gate::Pass place, co_await tools.starts.enter());
  const BriefPass pass(co_await asio::this_coro::executor, std::move(place));
  const Deadline by = tools.clock.in(tools.limits.start);
  std::string id = model::container_id_of(model::task_id_of(record->task.arn), container);
  Result<> started = co_await tools.containers.start(std::move(id), by);
  if (!started) co_return told_as_limit(std::move(started).error(), "started", tools.limits.start);
  co_return Sight(engine::ContainerStarted{container});
}

Async<Sight> restart_container(Tools& tools, RecordPtr record, std::size_t container) {
  BERTH_CO_TRY(Gate::Pass place, co_await tools.starts.enter());
  const BriefPass pass(co_await asio::this_coro::executor, std::move(place));
  const std::chrono::milliseconds limit = restart_limit(tools.limits);
  const Deadline by = tools.clock.in(limit);
  BERTH_CO_TRY(runtime::ProcessSpec spec, plan::process_spec(*record, container, tools.settings));
  Result<> restarted = co_await tools.containers.restart(std::move(spec), by);
  if (!restarted) co_return told_as_limit(std::move(restarted).error(), "started", limit);
  co_return Sight(engine::ContainerRestarted{container});
}

}  // namespace berth::steps
