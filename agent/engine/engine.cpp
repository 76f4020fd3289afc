// engine.cpp - the table of runners.
#include "agent/engine/engine.hpp"

#include <algorithm>

#include "agent/engine/entries.hpp"
#include "agent/model/ids.hpp"
#include "base/log.hpp"

namespace berth::engine {

namespace {

/// Lets a sight speak of container `at`: whoever saw it knew only the engine's id.
struct SetContainer {
  std::size_t at;

  template <class Seen>
  void operator()(Seen& seen) const {
    if constexpr (requires { seen.container = at; }) seen.container = at;
  }
};

}  // namespace

Engine::Engine(Workshop workshop, asio::any_io_executor executor)
    : workshop_(std::move(workshop)), nursery_(executor) {}

void Engine::recover(std::vector<model::Record> records) {
  // Who came first is served first, also by the queue for the node's resources.
  std::stable_sort(
      records.begin(), records.end(),
      [](const model::Record& a, const model::Record& b) { return a.accepted_at < b.accepted_at; });
  for (model::Record& record : records) {
    const std::string arn = record.task.arn;
    const bool rebooted = record.boot_id != workshop_.boot_id;
    note(arn, model::EntryKind::Seen, "berthd was started and has taken it up again");
    start(recovered_facts(std::move(record)));
    if (rebooted) runners_.at(arn)->tell(Rebooted{workshop_.boot_id, workshop_.clock.boot_began()});
  }
}

Async<> Engine::add(model::Record first) {
  const std::string arn = first.task.arn;
  if (knows(arn)) co_return ok();
  first.boot_id = workshop_.boot_id;
  first.boot_began = workshop_.clock.boot_began();
  if (drained_ && first.goal == model::Goal::Running) {
    first.goal = model::Goal::Stopped;
    first.fault = model::Fault{model::FaultKind::Refused, kDraining};
  }
  model::Record copy = first;
  std::optional<records::Report> no_report;
  BERTH_CO_CHECK(co_await workshop_.journal.commit(std::move(copy), std::move(no_report)));
  if (knows(arn)) co_return ok();
  log::info("task accepted", {{"task", arn},
                              {"name", first.task.family + ":" + first.task.version},
                              {"count", first.task.containers.size()}});
  workshop_.timeline.note(arn, accepted_entry(first, workshop_.clock.wall()));
  const bool is_stopped = first.goal == model::Goal::Stopped;
  start(fresh_facts(std::move(first)));
  // Nothing will happen to it by itself that could settle it.
  if (is_stopped) runners_.at(arn)->tell(StopRequested{});
  // It was written down while the others were told.
  if (drained_) give_up(arn, {model::FaultKind::Drained, *drained_});
  co_return ok();
}

void Engine::start(Facts facts) {
  const std::string arn = facts.record.task.arn;
  const std::string id = model::task_id_of(arn);
  for (std::size_t at = 0; at < facts.record.containers.size(); ++at) {
    containers_[model::container_id_of(id, at)] = {arn, at};
  }
  runners_[arn] = std::make_unique<TaskRunner>(workshop_, std::move(facts), nursery_);
  nursery_.start(id, drive(arn));
}

Async<> Engine::drive(std::string task_arn) {
  BERTH_CO_CHECK(co_await runners_.at(task_arn)->run());
  note(task_arn, model::EntryKind::Cleaned, "cleaned up and forgotten");
  BERTH_CO_CHECK(co_await workshop_.journal.forget(task_arn));
  const std::string id = model::task_id_of(task_arn);
  const std::size_t count = runners_.at(task_arn)->record()->containers.size();
  for (std::size_t at = 0; at < count; ++at) containers_.erase(model::container_id_of(id, at));
  runners_.erase(task_arn);
  log::info("task cleaned up", {{"task", task_arn}});
  co_return ok();
}

Async<> Engine::stop_task(std::string task_arn) {
  const auto found = runners_.find(task_arn);
  if (found == runners_.end()) co_return Error{Errc::NotFound, 0, "no task " + task_arn};
  auto written = std::make_shared<Channel<bool, WhenFull::Refuse>>(nursery_.executor(), 1);
  found->second->tell(StopRequested{}, [written] { static_cast<void>(written->push(true)); });
  BERTH_CO_CHECK(co_await written->pop());
  co_return ok();
}

void Engine::give_up(const std::string& task_arn, model::Fault why) {
  const auto found = runners_.find(task_arn);
  if (found == runners_.end()) return;
  TaskRunner& runner = *found->second;
  if (runner.record()->goal == model::Goal::Running) runner.tell(StopRequested{std::move(why)});
}

void Engine::drain(const std::string& why) {
  drained_ = why;
  for (const auto& [arn, runner] : runners_) give_up(arn, {model::FaultKind::Drained, why});
}

void Engine::final_accepted(const std::string& task_arn) {
  if (const auto found = runners_.find(task_arn); found != runners_.end()) {
    found->second->tell(FinalAccepted{});
  }
}

void Engine::tell(const std::string& container_id, Sight sight_of_container_0) {
  const auto found = containers_.find(container_id);
  if (found == containers_.end()) return;
  const auto& [arn, at] = found->second;
  std::visit(SetContainer{at}, sight_of_container_0);
  runners_.at(arn)->tell(std::move(sight_of_container_0));
}

void Engine::pulled(const std::string& task_arn, std::size_t container, Progress progress) {
  if (const auto found = runners_.find(task_arn); found != runners_.end()) {
    found->second->pulled(container, std::move(progress));
  }
}

std::optional<model::Why> Engine::why(const std::string& task_arn) const {
  const auto found = runners_.find(task_arn);
  if (found == runners_.end()) return std::nullopt;
  return found->second->why();
}

void Engine::note(const std::string& task_arn, model::EntryKind kind, std::string text) {
  workshop_.timeline.note(task_arn, {workshop_.clock.wall(), kind, "", std::move(text), {}});
}

void Engine::look_again() {
  for (auto& [arn, runner] : runners_) runner->tell(LookAgain{});
}

std::vector<std::shared_ptr<const model::Record>> Engine::records() const {
  std::vector<std::shared_ptr<const model::Record>> all;
  for (const auto& [arn, runner] : runners_) all.push_back(runner->record());
  return all;
}

Async<> Engine::stop() {
  BERTH_CO_CHECK(co_await nursery_.stop());
  co_return ok();
}

}  // namespace berth::engine
