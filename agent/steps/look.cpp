// look.cpp - the engine's states in the words of the agent.
#include "agent/steps/look.hpp"

#include <algorithm>

#include "agent/model/ids.hpp"
#include "agent/plan/network.hpp"
#include "agent/steps/persist.hpp"

namespace berth::steps {

namespace {

engine::ContainerLook look_of(const runtime::ContainerState& state) {
  using Seen = engine::ContainerLook::Kind;
  using Is = runtime::ContainerState::Kind;
  engine::ContainerLook look;
  switch (state.kind) {
    case Is::Absent: look.kind = Seen::Absent; break;
    case Is::Created: look.kind = Seen::Created; break;
    case Is::Running: look.kind = Seen::Running; break;
    case Is::Stopped: look.kind = Seen::Stopped; break;
  }
  if (state.exit) look.exit = model::Exit{state.exit->code, state.exit->at};
  return look;
}

bool has_network(const Tools& tools, const model::Record& record) {
  for (std::size_t at = 0; at < record.containers.size(); ++at) {
    const Result<Dir> files = Dir::open(plan::files_dir_for(record, at));
    if (!files || !files->exists("resolv.conf")) return false;
  }
  std::vector<std::string> names = plan::network_names_for(record);
  if (!record.placement.gateway_path.empty()) names.push_back(netns::gateway_name(names.front()));
  return std::all_of(names.begin(), names.end(), [&tools](const std::string& name) {
    return tools.pins.open(name).has_value();
  });
}

Async<engine::Looked> look_once(Tools* tools, RecordPtr record) {
  engine::Looked seen;
  for (std::size_t at = 0; at < record->containers.size(); ++at) {
    BERTH_CO_TRY(engine::ContainerLook one, co_await look_at_container(*tools, record, at));
    seen.containers.push_back(one);
  }
  seen.cgroup = tools->hierarchy.exists(record->placement.cgroup_path);
  seen.network = has_network(*tools, *record);
  co_return seen;
}

}  // namespace

Async<engine::ContainerLook> look_at_container(Tools& tools, RecordPtr record,
                                               std::size_t container) {
  std::string id = model::container_id_of(model::task_id_of(record->task.arn), container);
  const Deadline by = tools.clock.in(tools.limits.call);
  BERTH_CO_TRY(const runtime::ContainerState state,
               co_await tools.containers.state(std::move(id), by));
  co_return look_of(state);
}

Async<Sight> look(Tools& tools, RecordPtr record) {
  BERTH_CO_TRY(engine::Looked seen,
               co_await persist(tools, record, "Look", look_once, &tools, record));
  co_return Sight(std::move(seen));
}

}  // namespace berth::steps
