// gpus.cpp - one association for each GPU.
#include "agent/inbox/gpus.hpp"

#include <algorithm>
#include <map>
#include <string>

namespace berth::inbox {

namespace {

/// It becomes one of a list in an environment variable.
bool is_gpu_id(std::string_view text) {
  constexpr std::size_t kMaxBytes = 255;
  return !text.empty() && text.size() <= kMaxBytes &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return c > ' ' && c < '\x7f' && c != ','; });
}

void add_gpu(const protocol::Association& gpu, const std::string& where, model::Task& task,
             Findings& findings) {
  if (!is_gpu_id(gpu.name)) {
    findings.refuse(where + ".name", gpu.name, "must be 1 to 255 visible characters without ','");
    return;
  }
  if (gpu.containers.size() != 1) {
    findings.refuse(where + ".containers", std::to_string(gpu.containers.size()) +
                                               " containers for GPU " + gpu.name +
                                               "; it can be given to exactly one");
    return;
  }
  const std::string& name = gpu.containers.front();
  const auto found =
      std::find_if(task.containers.begin(), task.containers.end(),
                   [&name](const model::Container& one) { return one.name == name; });
  if (found == task.containers.end()) {
    findings.refuse(where + ".containers[0]", name,
                    "no such container, which is to have GPU " + gpu.name);
    return;
  }
  found->gpus.push_back(gpu.name);
}

}  // namespace

void add_gpus(const std::vector<protocol::Association>& given, model::Task& task,
              Findings& findings) {
  std::map<std::string, std::string> places;  // by id of a GPU
  for (std::size_t at = 0; at < given.size(); ++at) {
    const std::string where = "associations[" + std::to_string(at) + "]";
    if (given[at].type != "gpu") {
      findings.refuse(where + ".type", given[at].type, kUnsupported);
      continue;
    }
    const auto [place, is_first] = places.emplace(given[at].name, where);
    if (!is_first) {
      findings.refuse(where + ".name", given[at].name, "is given by " + place->second + " already");
      continue;
    }
    add_gpu(given[at], where, task, findings);
  }
}

}  // namespace berth::inbox
