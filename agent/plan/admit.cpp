// admit.cpp - a task's own numbers before its containers'.
#include "agent/plan/admit.hpp"

#include <cmath>

namespace berth::plan {

Demand demand_of(const model::Task& task) {
  Demand demand;
  for (const model::Container& container : task.containers) {
    for (const std::string& id : container.gpus) demand.exclusive.insert(gpu_name(id));
  }
  if (task.launch_type == "FARGATE") return demand;
  for (const model::Container& container : task.containers) {
    demand.cpu.count += container.cpu.count;
    const auto memory =
        container.memory_reservation ? container.memory_reservation : container.memory;
    if (memory) demand.memory.count += memory->count;
    for (const model::HostPort& port : container.host_ports) {
      demand.exclusive.insert(port.protocol + "/" + std::to_string(port.port));
    }
  }
  if (task.cpu && *task.cpu > 0) {
    demand.cpu = CpuUnits{static_cast<std::uint64_t>(std::llround(*task.cpu * 1024))};
  }
  if (task.memory && task.memory->count > 0) demand.memory = *task.memory;
  return demand;
}

}  // namespace berth::plan
