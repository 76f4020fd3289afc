// resource_queue.hpp - who has which part of the node, and who waits for it, in which order; pure.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/plan/admit.hpp"
#include "base/result.hpp"

namespace berth::plan {

/// Why a demand is more than a whole node.
struct Misfit {
  std::string member;  ///< of a task definition: "cpu", "memory", "resourceRequirements"
  std::string words;   ///< "the task wants 4096 CPU units; this node has 2048"
  bool operator==(const Misfit&) const = default;
};

/// nullopt: it fits, if not now then once others are gone. Pure.
std::optional<Misfit> misfit(const Demand& demand, const Demand& capacity);

/// First in, first out: a task that does not fit yet delays all behind it, so that none is starved.
/// Whoever changes it calls admit() and lets in whom it names.
/// source: reference state machine, section 12.
class ResourceQueue {
 public:
  explicit ResourceQueue(Demand capacity) : capacity_(std::move(capacity)) {}

  /// Sets a part aside without waiting, free or not: for what runs already.
  void hold(const std::string& owner, Demand demand);

  /// Goes to the end of the queue; one that has its part already stays as it is.
  ///
  /// fails:  Invalid (more than the whole node has, or a GPU that it does not have).
  Result<> enter(const std::string& owner, Demand demand);

  /// Gives back what `owner` has, or its place in the queue. again: yes.
  void leave(const std::string& owner);

  bool holds(const std::string& owner) const { return holders_.contains(owner); }

  /// Those at the head of the queue that fit now, in order; they have their part from here on.
  std::vector<std::string> admit();

  /// What `owner` waits for, in words: "512 MiB of memory (128 are free)", "tcp/80, held by
  /// <task>", "GPU <id>, held by <task>", or "its turn behind <task>"; nullopt when it does not
  /// wait.
  std::optional<std::string> waits_for(const std::string& owner) const;

  const Demand& capacity() const { return capacity_; }

  /// The first thing that `demand` cannot have now, in the same words; nullopt when it fits.
  std::optional<std::string> missing(const Demand& demand) const;

 private:
  struct Waiting {
    std::string owner;
    Demand demand;
  };

  Demand capacity_;
  Demand used_;  ///< its exclusive things are those of holders_
  std::map<std::string, Demand> holders_;
  std::deque<Waiting> waiting_;
};

}  // namespace berth::plan
