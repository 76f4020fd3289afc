// fake_timeline.hpp - timelines in memory.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "agent/records/timeline.hpp"

namespace berth::testing {

/// Keeps the seam's promises.
class FakeTimeline final : public records::Timeline {
 public:
  std::map<std::string, model::Timeline> kept;  ///< by task ARN
  std::vector<std::string> order;               ///< ARNs, the one noted last at the end

  void note(std::string task_arn, model::Entry entry) override {
    entry.text = records::short_text(std::move(entry.text));
    std::erase(order, task_arn);
    order.push_back(task_arn);
    model::Timeline& timeline = kept[task_arn];
    timeline.task_arn = std::move(task_arn);
    timeline.entries.push_back(std::move(entry));
    if (timeline.entries.size() <= records::kFirstEntries + records::kLastEntries) return;
    timeline.entries.erase(timeline.entries.begin() + records::kFirstEntries);
    timeline.gap_at = records::kFirstEntries;
    ++timeline.left_out;
  }

  Async<model::Timeline> read(std::string task_arn) override {
    model::Timeline timeline;
    timeline.task_arn = task_arn;
    if (const auto found = kept.find(task_arn); found != kept.end()) timeline = found->second;
    co_return timeline;
  }

  Async<std::vector<std::string>> tasks() override {
    std::vector<std::string> arns(order.rbegin(), order.rend());
    co_return arns;
  }
};

}  // namespace berth::testing
