// task_table.cpp - a row for each task, and for each container below it.
#include "cli/task_table.hpp"

#include <algorithm>

#include "cli/columns.hpp"

namespace berth::cli {

namespace {

std::string restarts_text(int count) {
  if (count == 0) return "";
  return ", " + std::to_string(count) + (count == 1 ? " restart" : " restarts");
}

int restarts_of(const local::TaskView& task) {
  int count = 0;
  for (const local::ContainerView& container : task.containers) count += container.restarts;
  return count;
}

Row row_of(const local::ContainerView& container) {
  std::string status = container.status;
  if (container.exit_code) status += " (" + std::to_string(*container.exit_code) + ")";
  status += restarts_text(container.restarts);
  return {"  " + container.name,
          container.image,
          std::move(status),
          "",
          or_dash(container.health),
          "",
          ""};
}

}  // namespace

std::string age_text(std::chrono::milliseconds age) {
  const auto seconds = std::max<std::int64_t>(0, age / std::chrono::seconds(1));
  if (seconds < 60) return std::to_string(seconds) + "s";
  if (seconds < 60 * 60) return std::to_string(seconds / 60) + "m";
  if (seconds < 24 * 60 * 60) return std::to_string(seconds / 3600) + "h";
  return std::to_string(seconds / (24 * 3600)) + "d";
}

std::string task_table(std::vector<local::TaskView> tasks, bool containers, WallTime now) {
  std::stable_sort(tasks.begin(), tasks.end(),
                   [](const auto& a, const auto& b) { return a.created > b.created; });
  std::vector<Row> rows{{"TASK", "DEFINITION", "STATUS", "DESIRED", "HEALTH", "ADDRESS", "AGE"}};
  for (const local::TaskView& task : tasks) {
    rows.push_back({task.id(), task.family + ":" + task.revision,
                    task.status + restarts_text(restarts_of(task)), task.desired,
                    or_dash(task.health), or_dash(task.address), age_text(now - task.created)});
    if (!containers) continue;
    for (const local::ContainerView& container : task.containers) rows.push_back(row_of(container));
  }
  return aligned(rows);
}

std::string file_lines(const std::vector<local::FileView>& files, WallTime now) {
  std::string text;
  for (const local::FileView& file : files) {
    if (!file.complaint.empty()) {
      text += file.name + ": " + file.complaint;
      if (!file.task_arn.empty()) text += "; the version before it is kept running";
      text += "\n";
    }
    if (file.starts) {
      text += file.name + ": starts again in " + age_text(*file.starts - now) + ", ended " +
              std::to_string(file.failures) + (file.failures == 1 ? " time" : " times") +
              " in a row\n";
    }
  }
  return text;
}

}  // namespace berth::cli
