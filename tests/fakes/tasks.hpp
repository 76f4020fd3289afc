// tasks.hpp - small tasks for tests to start from.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "agent/model/record.hpp"

namespace berth::testing {

inline model::Container a_container(std::string name, bool essential = true) {
  model::Container container;
  container.name = std::move(name);
  container.image = "127.0.0.1:5000/web:1";
  container.essential = essential;
  return container;
}

/// A task of network mode none with these containers; its id is 32 hex digits ending in `tail`.
inline model::Task a_task(std::vector<model::Container> containers, std::string tail = "1") {
  model::Task task;
  const std::string id = std::string(32 - tail.size(), 'a') + tail;
  task.arn = "arn:aws:ecs:us-east-1:123456789012:task/lab/" + id;
  task.cluster = "lab";
  task.family = "web";
  task.version = "3";
  task.containers = std::move(containers);
  return task;
}

inline model::Record a_record(model::Task task, model::Goal goal = model::Goal::Running) {
  model::Placement placement;
  placement.cgroup_path = "/berth/test";
  placement.files_dir = "/var/lib/berth/tasks/test";
  placement.logs_dir = "/var/lib/berth/logs/test";
  return model::first_record(std::move(task), std::move(placement), goal,
                             WallTime{std::chrono::milliseconds(1'000'000)});
}

}  // namespace berth::testing
