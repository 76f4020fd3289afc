// resource_queue.cpp - the head of the queue decides.
#include "agent/plan/resource_queue.hpp"

#include <algorithm>

namespace berth::plan {

namespace {

std::string amount(std::uint64_t wanted, std::uint64_t used, std::uint64_t all, const char* unit) {
  return std::to_string(wanted) + unit + " (" + std::to_string(all - std::min(used, all)) +
         " are free)";
}

bool is_gpu(std::string_view thing) {
  return thing.starts_with(kGpuPrefix);
}

/// "GPU GPU-1", "tcp/80".
std::string word_for(const std::string& thing) {
  return is_gpu(thing) ? "GPU " + thing.substr(kGpuPrefix.size()) : thing;
}

std::string gpus_among(const std::set<std::string>& things) {
  std::string ids;
  for (const std::string& thing : things) {
    if (!is_gpu(thing)) continue;
    ids.append(ids.empty() ? "" : ", ").append(thing.substr(kGpuPrefix.size()));
  }
  return ids.empty() ? "no GPU" : ids;
}

}  // namespace

std::optional<Misfit> misfit(const Demand& demand, const Demand& capacity) {
  if (demand.cpu > capacity.cpu) {
    return Misfit{"cpu", "the task wants " + std::to_string(demand.cpu.count) +
                             " CPU units; this node has " + std::to_string(capacity.cpu.count)};
  }
  if (demand.memory > capacity.memory) {
    return Misfit{"memory", "the task wants " + std::to_string(demand.memory.count) +
                                " MiB of memory; this node has " +
                                std::to_string(capacity.memory.count)};
  }
  for (const std::string& wanted : demand.exclusive) {
    if (!is_gpu(wanted) || capacity.exclusive.contains(wanted)) continue;
    return Misfit{"resourceRequirements", "the task wants " + word_for(wanted) +
                                              "; this node has " + gpus_among(capacity.exclusive)};
  }
  return std::nullopt;
}

void ResourceQueue::hold(const std::string& owner, Demand demand) {
  leave(owner);
  used_.cpu.count += demand.cpu.count;
  used_.memory.count += demand.memory.count;
  holders_[owner] = std::move(demand);
}

Result<> ResourceQueue::enter(const std::string& owner, Demand demand) {
  if (holders_.contains(owner)) return ok();
  if (const auto more = misfit(demand, capacity_)) return Error{Errc::Invalid, 0, more->words};
  waiting_.push_back({owner, std::move(demand)});
  return ok();
}

void ResourceQueue::leave(const std::string& owner) {
  std::erase_if(waiting_, [&owner](const Waiting& one) { return one.owner == owner; });
  const auto found = holders_.find(owner);
  if (found == holders_.end()) return;
  used_.cpu.count -= found->second.cpu.count;
  used_.memory.count -= found->second.memory.count;
  holders_.erase(found);
}

std::vector<std::string> ResourceQueue::admit() {
  std::vector<std::string> admitted;
  while (!waiting_.empty() && !missing(waiting_.front().demand)) {
    Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    admitted.push_back(next.owner);
    hold(next.owner, std::move(next.demand));
  }
  return admitted;
}

std::optional<std::string> ResourceQueue::waits_for(const std::string& owner) const {
  for (std::size_t place = 0; place < waiting_.size(); ++place) {
    if (waiting_[place].owner != owner) continue;
    if (place > 0) return "its turn behind " + waiting_[place - 1].owner;
    return missing(waiting_[place].demand);
  }
  return std::nullopt;
}

std::optional<std::string> ResourceQueue::missing(const Demand& demand) const {
  if (used_.cpu.count + demand.cpu.count > capacity_.cpu.count) {
    return amount(demand.cpu.count, used_.cpu.count, capacity_.cpu.count, " CPU units");
  }
  if (used_.memory.count + demand.memory.count > capacity_.memory.count) {
    return amount(demand.memory.count, used_.memory.count, capacity_.memory.count,
                  " MiB of memory");
  }
  for (const std::string& wanted : demand.exclusive) {
    for (const auto& [owner, held] : holders_) {
      if (held.exclusive.contains(wanted)) return word_for(wanted) + ", held by " + owner;
    }
  }
  return std::nullopt;
}

}  // namespace berth::plan
