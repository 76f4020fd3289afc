// gpus.cpp - free ones first, in the node's order.
#include "agent/standing/gpus.hpp"

#include <algorithm>

#include "controlplane/definition/gpus.hpp"

namespace berth::standing {

void want_gpus(const Json& definition, model::Task& task) {
  const Json& containers = definition["containerDefinitions"];
  for (std::size_t at = 0; at < task.containers.size(); ++at) {
    const auto wanted = static_cast<std::size_t>(definition::gpus_of(containers[at]));
    task.containers[at].gpus.assign(wanted, "");
  }
}

Result<> check_gpus(const model::Task& task, const std::vector<std::string>& node) {
  std::size_t wanted = 0;
  for (const model::Container& container : task.containers) wanted += container.gpus.size();
  if (wanted <= node.size()) return ok();
  return Error{Errc::Invalid, 0,
               "containerDefinitions[].resourceRequirements: " + std::to_string(wanted) +
                   " GPUs in all; this node has " + std::to_string(node.size())};
}

void choose_gpus(model::Task& task, const std::vector<std::string>& node,
                 const std::set<std::string>& taken) {
  std::vector<std::string> order = node;
  std::stable_partition(order.begin(), order.end(),
                        [&taken](const std::string& id) { return !taken.contains(id); });
  auto next = order.begin();
  for (model::Container& container : task.containers) {
    for (std::string& id : container.gpus) {
      if (next != order.end()) id = *next++;
    }
  }
}

}  // namespace berth::standing
