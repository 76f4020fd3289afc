// facts.hpp - all that a decision about one task rests on.
#pragma once

#include <set>
#include <vector>

#include "agent/engine/step.hpp"
#include "agent/model/record.hpp"

namespace berth::engine {

/// What is known of a container only while this process lives.
struct ContainerMemory {
  int failed_probes = 0;            ///< in a row, counted outside the start period
  bool killed = false;              ///< SIGKILL was sent; its exit must come
  bool signalled = false;           ///< the stop signal was sent by this process
  int survived_kills = 0;           ///< looks after a SIGKILL that still found it running
  bool told_out_of_memory = false;  ///< by the engine, since the last start
  bool start_timed_out = false;     ///< its startTimeout has passed
  bool operator==(const ContainerMemory&) const = default;
};

/// The record, what is being done right now, and what need not survive a crash.
struct Facts {
  model::Record record;
  std::set<Step> in_flight;
  std::vector<ContainerMemory> memory;  ///< same order as the record's containers
  bool looked = false;                  ///< the record agrees with the world
  bool cleanup_due = false;
  bool cleaned = false;

  bool operator==(const Facts&) const = default;
};

/// A task that was just accepted: nothing of it is in the world, so there is nothing to look at.
inline Facts fresh_facts(model::Record record) {
  Facts facts;
  facts.memory.resize(record.containers.size());
  facts.record = std::move(record);
  facts.looked = true;
  return facts;
}

/// A task found in the journal: the world may differ from its record.
inline Facts recovered_facts(model::Record record) {
  Facts facts = fresh_facts(std::move(record));
  facts.looked = false;
  return facts;
}

}  // namespace berth::engine
