// recorder.cpp - begins remembered, so that ends have a duration.
#include "agent/engine/recorder.hpp"

#include <algorithm>

#include "agent/engine/entries.hpp"

namespace berth::engine {

namespace {
constexpr std::chrono::seconds kBetweenPullLines{5};
}

void Recorder::begun(const Step& step, const model::Record& record, WallTime at) {
  in_flight_[step] = Begun{at, ""};
  if (auto entry = begin_entry(step, record, at)) timeline_.note(task_arn_, std::move(*entry));
}

void Recorder::saw(const Observed& seen, const model::Record& record) {
  std::optional<std::chrono::milliseconds> took;
  if (const std::optional<Step> step = answered_step(seen.what)) {
    const auto found = in_flight_.find(*step);
    if (found != in_flight_.end()) {
      // The wall clock may have been set back meanwhile.
      took = std::max(seen.at - found->second.at, std::chrono::milliseconds(0));
      in_flight_.erase(found);
    }
    if (step->kind == StepKind::PullImage) pulls_.erase(*step->container);
  }
  if (auto entry = sight_entry(seen, record, took)) timeline_.note(task_arn_, std::move(*entry));
}

void Recorder::changed(const model::Record& before, const model::Record& after, WallTime at) {
  for (model::Entry& entry : change_entries(before, after, at)) {
    timeline_.note(task_arn_, std::move(entry));
  }
}

void Recorder::written(const records::QueuedReport& report, model::TaskStatus told, WallTime at) {
  timeline_.note(task_arn_, {at,
                             model::EntryKind::ReportWritten,
                             "",
                             "report " + std::to_string(report.sequence) +
                                 " written down: " + std::string(name_of(told)),
                             {}});
}

void Recorder::pulled(std::size_t container, Progress progress, const model::Record& record,
                      WallTime at) {
  const auto found = in_flight_.find(Step{StepKind::PullImage, container});
  if (found == in_flight_.end()) return;
  found->second.so_far = progress.phase;
  if (!progress.so_far.empty()) found->second.so_far += ", " + progress.so_far;
  Noted& noted = pulls_[container];
  if (noted.phase == progress.phase && at - noted.at < kBetweenPullLines) return;
  noted = {std::move(progress.phase), at};
  timeline_.note(task_arn_, {at,
                             model::EntryKind::Pull,
                             record.task.containers[container].name,
                             found->second.so_far,
                             {}});
}

}  // namespace berth::engine
