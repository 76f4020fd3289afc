// status_line.cpp - the sentence, part by part.
#include "agent/service/status_line.hpp"

namespace berth::service {

namespace {

struct Counts {
  int starting = 0;
  int running = 0;
  int stopping = 0;
};

Counts counts_of(const std::vector<std::shared_ptr<const model::Record>>& records) {
  Counts counts;
  for (const auto& record : records) {
    if (record->known == model::TaskStatus::Stopped) continue;
    const bool ends = record->goal == model::Goal::Stopped;
    const bool runs = record->known == model::TaskStatus::Running;
    ++(ends ? counts.stopping : runs ? counts.running : counts.starting);
  }
  return counts;
}

std::string session_text(const Standing& standing) {
  if (standing.is_connected) return "Connected to cluster " + standing.cluster;
  if (standing.is_registered) return "Not connected to cluster " + standing.cluster;
  if (!standing.has_clock)
    return "Waits for the clock to be set, to register with cluster " + standing.cluster;
  return "Not registered yet with cluster " + standing.cluster;
}

std::string tasks_text(const Counts& counts) {
  std::string text =
      std::to_string(counts.running) + (counts.running == 1 ? " task" : " tasks") + " running";
  if (counts.starting > 0) text += ", " + std::to_string(counts.starting) + " starting";
  if (counts.stopping > 0) text += ", " + std::to_string(counts.stopping) + " stopping";
  return text;
}

}  // namespace

std::string status_line(const Standing& standing,
                        const std::vector<std::shared_ptr<const model::Record>>& records) {
  std::string line = session_text(standing) + "; " + tasks_text(counts_of(records));
  if (standing.is_draining) line += "; draining";
  if (!standing.has_containerd) line += "; containerd does not answer";
  if (standing.last_error) {
    line +=
        "; last error at " + iso8601(standing.last_error->at) + ": " + standing.last_error->text;
  }
  return line;
}

}  // namespace berth::service
