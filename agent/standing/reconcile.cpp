// reconcile.cpp - files and the tasks started for them, to what is to be done now; pure.
#include "agent/standing/reconcile.hpp"

#include <algorithm>
#include <limits>

#include "base/backoff.hpp"

namespace berth::standing {

namespace {

constexpr BackoffPolicy kRestarts{std::chrono::seconds(10), std::chrono::minutes(5), 2.0, 0.0};
constexpr std::chrono::minutes kLasted{10};  // a task that ran so long has not failed at once

/// How often in a row the file's task has ended, its latest end included.
int failures_with(const Run& run) {
  const bool lasted = run.running_since && *run.stopped_at - *run.running_since >= kLasted;
  if (lasted) return 1;
  return std::min(run.task.failures, std::numeric_limits<int>::max() - 1) + 1;
}

void start(model::Task task, int failures, Decision& decision) {
  task.failures = failures;
  decision.starts.push_back(Start{std::move(task)});
}

void restart(const std::string& file, model::Task task, const Run& run, WallTime now,
             Decision& decision) {
  const int failures = failures_with(run);
  const std::chrono::milliseconds wait = wait_after(failures);
  const WallTime due = *run.stopped_at + wait;
  // A clock that was set back must not hold the task for longer than the wait.
  if (now >= due || now + wait < due) {
    start(std::move(task), failures, decision);
  } else {
    decision.waiting[file] = due;
  }
}

void decide_for(const std::string& name, const File& file, const Run* run, WallTime now,
                Decision& decision) {
  if (!run) {
    if (file.task) start(*file.task, 0, decision);
    return;
  }
  const bool changed = file.task && file.task->version != run->task.version;
  if (!run->stopped_at) {
    if (changed && !run->stopping) {
      decision.stops.push_back({run->task.arn, "its file has changed"});
    }
  } else if (changed) {
    start(*file.task, 0, decision);
  } else {
    restart(name, file.task ? *file.task : run->task, *run, now, decision);
  }
}

/// The file that has the family, of all that ask for it.
const std::string& holder_of(const std::string& family, const std::vector<std::string>& names,
                             const Runs& runs) {
  const auto holder = std::find_if(names.begin(), names.end(), [&](const std::string& name) {
    const auto run = runs.find(name);
    return run != runs.end() && run->second.task.family == family;
  });
  return holder == names.end() ? names.front() : *holder;
}

}  // namespace

Run run_of(const model::Record& record) {
  Run run;
  run.task = record.task;
  run.stopping = record.goal == model::Goal::Stopped;
  run.accepted_at = record.accepted_at;
  run.stopped_at = record.stopped_at;
  for (const model::ContainerRecord& container : record.containers) {
    if (!container.started_at) {
      run.running_since.reset();
      break;
    }
    run.running_since = std::max(run.running_since, container.started_at);
  }
  return run;
}

void note_run(Runs& runs, Run run) {
  const auto known = runs.find(run.task.file);
  if (known == runs.end()) {
    const std::string file = run.task.file;
    runs.emplace(file, std::move(run));
    return;
  }
  const Run& before = known->second;
  const bool is_same = before.task.arn == run.task.arn;
  const bool goes_on = !run.stopped_at;
  const bool went_on = !before.stopped_at;
  const bool is_later = goes_on == went_on ? before.accepted_at < run.accepted_at : goes_on;
  if (is_same || is_later) known->second = std::move(run);
}

std::chrono::milliseconds wait_after(int failures) {
  constexpr int kLongestReached = 6;  // 10 s doubled five times is past 5 min
  Backoff backoff(kRestarts);
  Random unused(0);
  std::chrono::milliseconds wait{0};
  for (int i = 0; i < std::min(failures, kLongestReached); ++i) wait = backoff.next(unused);
  return wait;
}

void refuse_shared_families(Files& files, const Runs& runs) {
  std::map<std::string, std::vector<std::string>> names_of;
  for (const auto& [name, file] : files) {
    if (file.task) names_of[file.task->family].push_back(name);
  }
  for (const auto& [family, names] : names_of) {
    const std::string& holder = holder_of(family, names, runs);
    for (const std::string& name : names) {
      if (name == holder) continue;
      files[name] = File{std::nullopt, "family \"" + family + "\": is that of " + holder +
                                           ", and each file must have one of its own"};
    }
  }
}

Decision reconcile(const Files& files, const Runs& runs, WallTime now) {
  Decision decision;
  for (const auto& [name, file] : files) {
    const auto run = runs.find(name);
    decide_for(name, file, run == runs.end() ? nullptr : &run->second, now, decision);
  }
  for (const auto& [name, run] : runs) {
    if (files.contains(name) || run.stopped_at || run.stopping) continue;
    decision.stops.push_back({run.task.arn, "its file is gone"});
  }
  return decision;
}

}  // namespace berth::standing
