// standing.cpp - look at the files, compare with the tasks, act, wait.
#include "agent/standing/standing.hpp"

#include "agent/model/ids.hpp"
#include "agent/standing/definition_file.hpp"
#include "agent/standing/gpus.hpp"
#include "base/log.hpp"
#include "base/text.hpp"

namespace berth::standing {

namespace {

constexpr std::size_t kIdDigits = 32;

void log_passed_over(const std::string& file, const std::vector<std::string>& fields) {
  if (fields.empty()) return;
  log::warn("task runs without what berth does not act on yet",
            {{"file", file}, {"field", joined(fields)}});
}

}  // namespace

Standing::Standing(Needs needs, asio::any_io_executor executor)
    : needs_(std::move(needs)),
      folder_(needs_.directory, "tasks", needs_.clock, needs_.offload, std::move(executor)) {}

Async<> Standing::run() {
  while (true) {
    BERTH_CO_TRY(std::optional<Texts> texts, co_await folder_.look());
    if (texts) understand(std::move(*texts));
    if (read_once_ && !paused_) {
      Result<> acted = co_await act();
      if (acted.failed_with(Errc::Cancelled)) co_return acted;
    }
    BERTH_CO_CHECK(co_await folder_.wait(next_start()));
  }
}

void Standing::changed(const model::Record& record) {
  if (record.task.origin != model::Origin::Local) return;
  note_run(runs_, run_of(record));
  folder_.wake();
}

void Standing::resume() {
  paused_ = false;
  folder_.wake();
}

void Standing::networks_changed() {
  folder_.wake();
}

std::vector<FileState> Standing::files() const {
  std::vector<FileState> all;
  for (const auto& [name, file] : files_) {
    FileState state;
    state.name = name;
    state.complaint = file.complaint;
    if (file.task) state.family = file.task->family;
    if (const auto run = runs_.find(name); run != runs_.end()) {
      state.task_arn = run->second.task.arn;
      state.failures = run->second.task.failures;
      if (!file.task) state.family = run->second.task.family;
    }
    if (const auto due = waiting_.find(name); due != waiting_.end()) {
      state.starts_at = due->second;
      ++state.failures;
    }
    all.push_back(std::move(state));
  }
  return all;
}

void Standing::understand(Texts texts) {
  std::map<std::string, Known> now;
  for (auto& [name, text] : texts) {
    const auto before = known_.find(name);
    const bool same =
        before != known_.end() && before->second.text && text && *before->second.text == *text;
    File file = same ? before->second.file : understand_one(name, text);
    now.emplace(name, Known{std::move(text), std::move(file)});
  }
  known_ = std::move(now);
  read_once_ = true;
}

File Standing::understand_one(const std::string& name, const Result<std::string>& text) const {
  if (!text) return File{std::nullopt, text.error().message};
  auto understood = read_definition(name, *text, needs_.region, needs_.rules);
  if (!understood) return File{std::nullopt, understood.error().message};
  if (const Result<> given = check_gpus(understood->task, needs_.gpus); !given) {
    return File{std::nullopt, given.error().message};
  }
  log_passed_over(name, understood->passed_over);
  return File{std::move(understood->task), ""};
}

/// Not once for each version: networks come and go as well.
void Standing::refuse_unknown_networks(Files& files) const {
  for (auto& [name, file] : files) {
    if (!file.task) continue;
    const Result<> there = needs_.check_network(*file.task);
    if (!there) file = File{std::nullopt, there.error().message};
  }
}

/// Each complaint once: when it is new.
void Standing::note_complaints(const Files& files) {
  for (const auto& [name, file] : files) {
    if (file.complaint.empty()) continue;
    const auto before = files_.find(name);
    if (before != files_.end() && before->second.complaint == file.complaint) continue;
    log::error("file of a task cannot be run; what it said before goes on",
               {{"file", name}, {"error", file.complaint}});
  }
}

void Standing::note_runs() {
  for (const auto& record : needs_.engine.records()) {
    if (record->task.origin == model::Origin::Local) note_run(runs_, run_of(*record));
  }
}

Async<> Standing::act() {
  note_runs();
  Files files;
  for (const auto& [name, known] : known_) files[name] = known.file;
  refuse_shared_families(files, runs_);
  refuse_unknown_networks(files);
  note_complaints(files);
  files_ = std::move(files);
  Decision decision = reconcile(files_, runs_, needs_.clock.wall());
  std::erase_if(runs_, [this](const auto& one) {
    return one.second.stopped_at && !files_.contains(one.first);
  });
  waiting_ = std::move(decision.waiting);
  for (const Stop& stop : decision.stops) {
    log::info("local task is stopped", {{"task", stop.task_arn}, {"reason", stop.why}});
    std::string arn = stop.task_arn;
    Result<> stopped = co_await needs_.engine.stop_task(std::move(arn));
    if (stopped.failed_with(Errc::Cancelled)) co_return stopped;
  }
  for (Start& one : decision.starts) {
    if (paused_) break;
    const std::string file = one.task.file;
    Result<> started = co_await start(std::move(one.task));
    if (started) continue;
    if (started.failed_with(Errc::Cancelled)) co_return started;
    log::error("local task could not be written down, trying again",
               {{"file", file}, {"error", started.error().text()}});
    folder_.try_again();
  }
  co_return ok();
}

std::set<std::string> Standing::gpus_taken() const {
  std::set<std::string> taken;
  for (const auto& record : needs_.engine.records()) {
    if (record->released) continue;
    for (const model::Container& container : record->task.containers) {
      taken.insert(container.gpus.begin(), container.gpus.end());
    }
  }
  return taken;
}

Async<> Standing::start(model::Task task) {
  choose_gpus(task, needs_.gpus, gpus_taken());
  model::Task named = launched(std::move(task), needs_.region, random_.hex(kIdDigits));
  log::info("local task starts",
            {{"task", named.arn}, {"file", named.file}, {"attempt", named.failures + 1}});
  const Result<> given = needs_.give_interface(named);
  model::Placement placement = needs_.place(named);
  model::Record first = model::first_record(std::move(named), std::move(placement),
                                            model::Goal::Running, needs_.clock.wall());
  first.final_accepted = true;  // there is nobody who would have to take a report
  if (!given) {
    first.goal = model::Goal::Stopped;
    first.fault = model::Fault{model::FaultKind::Network, given.error().message};
  }
  const model::Record given_up = first;
  Result<> added = co_await needs_.engine.add(std::move(first));
  if (added) {
    note_runs();
  } else {
    needs_.take_back(given_up);
  }
  co_return added;
}

FollowedFolder::Moment Standing::next_start() const {
  auto next = FollowedFolder::Moment::max();
  if (paused_) return next;
  for (const auto& [name, due] : waiting_) {
    next = std::min<FollowedFolder::Moment>(next, needs_.clock.now() + (due - needs_.clock.wall()));
  }
  return next;
}

}  // namespace berth::standing
