// move_times.cpp - all times of a record, one by one.
#include "agent/engine/move_times.hpp"

#include <optional>

namespace berth::engine {

void move_times(model::Record& record, std::chrono::milliseconds by) {
  const auto move = [by](std::optional<WallTime>& time) {
    if (time) *time += by;
  };
  record.accepted_at += by;
  move(record.pull_started_at);
  move(record.pull_stopped_at);
  move(record.execution_stopped_at);
  move(record.stopped_at);
  for (model::ContainerRecord& container : record.containers) {
    move(container.created_at);
    move(container.started_at);
    move(container.stop_signalled_at);
    move(container.restarted_at);
    move(container.health_since);
    if (container.ended) container.ended->at += by;
    if (container.exit) container.exit->at += by;
  }
}

}  // namespace berth::engine
