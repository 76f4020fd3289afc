// entries.cpp - one sentence for each step, sight and change.
#include "agent/engine/entries.hpp"

#include <cstdlib>

#include "agent/engine/verdict.hpp"
#include "agent/plan/admit.hpp"

namespace berth::engine {

using model::ContainerRecord;
using model::Entry;
using model::EntryKind;
using model::Record;

namespace {

/// What is done in a step: while it is, and once it is. Empty: not worth a line.
struct Words {
  std::string_view doing;
  std::string_view did;
};

Words words_of(StepKind kind) {
  switch (kind) {
    case StepKind::Look: return {"looking at what is on the node", "looked"};
    case StepKind::AwaitResources: return {"waiting for the node's resources", "admitted"};
    case StepKind::CreateCgroup: return {"making the cgroup", "made the cgroup"};
    case StepKind::CreateNetwork: return {"making the network", "made the network"};
    case StepKind::ClaimAddress:
      return {"asking whether its address is in use", "its address is free, and announced"};
    case StepKind::PullImage: return {"pulling image", "pulled image"};
    case StepKind::CreateContainer: return {"creating the container", "created the container"};
    case StepKind::StartContainer: return {"starting the container", "started the container"};
    case StepKind::AwaitStartTimeout: return {"", "its startTimeout has passed"};
    case StepKind::CheckHealth: return {"", ""};
    case StepKind::ExamineExit: return {"looking into its end", "looked into its end"};
    case StepKind::RestartContainer: return {"starting it again", "started it again"};
    case StepKind::SignalContainer: return {"sending the stop signal", "sent the stop signal"};
    case StepKind::KillContainer: return {"waiting before SIGKILL", "sent SIGKILL"};
    case StepKind::ConfirmExit: return {"waiting for its end after SIGKILL", "looked"};
    case StepKind::Release:
      return {"removing processes, network and cgroup", "removed processes, network and cgroup"};
    case StepKind::AwaitCleanup: return {"", "its time on the node is over"};
    case StepKind::Clean:
      return {"removing containers, files and logs", "removed containers, files and logs"};
  }
  return {};
}

std::string container_name(const Record& record, std::optional<std::size_t> container) {
  return container ? record.task.containers[*container].name : "";
}

std::string demand_text(const model::Task& task) {
  const plan::Demand demand = plan::demand_of(task);
  std::string text = "queued for " + std::to_string(demand.cpu.count) + " CPU units, " +
                     std::to_string(demand.memory.count) + " MiB of memory";
  for (const std::string& one : demand.exclusive) text += ", " + one;
  return text;
}

std::string look_text(const ContainerLook& look) {
  switch (look.kind) {
    case ContainerLook::Kind::Absent: return "absent";
    case ContainerLook::Kind::Created: return "created";
    case ContainerLook::Kind::Running: return "running";
    case ContainerLook::Kind::Stopped: return look.exit ? exit_text(*look.exit) : "stopped";
  }
  return "absent";
}

std::string looked_text(const Looked& seen, const Record& record) {
  std::string text = "found";
  for (std::size_t at = 0; at < seen.containers.size() && at < record.containers.size(); ++at) {
    text += " " + record.task.containers[at].name + " " + look_text(seen.containers[at]) + ",";
  }
  text += seen.cgroup ? " a cgroup," : " no cgroup,";
  return text + (seen.network ? " a network" : " no network");
}

/// Who answers which step.
struct Answers {
  using Answer = std::optional<Step>;

  Answer operator()(const Looked&) const { return Step{StepKind::Look, {}}; }
  Answer operator()(const Admitted&) const { return Step{StepKind::AwaitResources, {}}; }
  Answer operator()(const CgroupCreated&) const { return Step{StepKind::CreateCgroup, {}}; }
  Answer operator()(const NetworkCreated&) const { return Step{StepKind::CreateNetwork, {}}; }
  Answer operator()(const AddressClaimed&) const { return Step{StepKind::ClaimAddress, {}}; }
  Answer operator()(const Released&) const { return Step{StepKind::Release, {}}; }
  Answer operator()(const CleanupDue&) const { return Step{StepKind::AwaitCleanup, {}}; }
  Answer operator()(const Cleaned&) const { return Step{StepKind::Clean, {}}; }
  Answer operator()(const ContainerLooked& seen) const {
    return Step{StepKind::ConfirmExit, seen.container};
  }
  Answer operator()(const ImagePulled& seen) const {
    return Step{StepKind::PullImage, seen.container};
  }
  Answer operator()(const ImageNotPulled& seen) const {
    return Step{StepKind::PullImage, seen.container};
  }
  Answer operator()(const ContainerCreated& seen) const {
    return Step{StepKind::CreateContainer, seen.container};
  }
  Answer operator()(const ContainerStarted& seen) const {
    return Step{StepKind::StartContainer, seen.container};
  }
  Answer operator()(const StartTimedOut& seen) const {
    return Step{StepKind::AwaitStartTimeout, seen.container};
  }
  Answer operator()(const ExitExamined& seen) const {
    return Step{StepKind::ExamineExit, seen.container};
  }
  Answer operator()(const ContainerRestarted& seen) const {
    return Step{StepKind::RestartContainer, seen.container};
  }
  Answer operator()(const Probed& seen) const {
    return Step{StepKind::CheckHealth, seen.container};
  }
  Answer operator()(const StopSignalled& seen) const {
    return Step{StepKind::SignalContainer, seen.container};
  }
  Answer operator()(const Killed& seen) const {
    return Step{StepKind::KillContainer, seen.container};
  }
  Answer operator()(const StepFailed& seen) const { return seen.step; }
  Answer operator()(const ContainerExited&) const { return std::nullopt; }
  Answer operator()(const OutOfMemory&) const { return std::nullopt; }
  Answer operator()(const Rebooted&) const { return std::nullopt; }
  Answer operator()(const ClockSet&) const { return std::nullopt; }
  Answer operator()(const StopRequested&) const { return std::nullopt; }
  Answer operator()(const FinalAccepted&) const { return std::nullopt; }
  Answer operator()(const LookAgain&) const { return std::nullopt; }
};

/// What a sight says beyond that its step is done; kind and text, empty when there is no line.
struct Line {
  EntryKind kind = EntryKind::Seen;
  std::string text;
  std::optional<std::size_t> container;
};

class Lines {
 public:
  explicit Lines(const Record& record) : record_(record) {}

  Line operator()(const Looked& seen) const { return done(looked_text(seen, record_)); }
  Line operator()(const ContainerLooked& seen) const {
    return done("found it " + look_text(seen.look), seen.container);
  }
  Line operator()(const NetworkCreated& seen) const {
    std::string text(words_of(StepKind::CreateNetwork).did);
    return done(seen.doubts.empty() ? text : text + "; " + seen.doubts);
  }
  Line operator()(const AddressClaimed& seen) const {
    if (seen.before) return done("its address was found free before, and announced");
    return done(std::string(words_of(StepKind::ClaimAddress).did));
  }
  Line operator()(const Admitted&) const { return {EntryKind::Admitted, "admitted", {}}; }
  Line operator()(const ImagePulled& seen) const {
    return done("pulled image " + seen.digest, seen.container);
  }
  Line operator()(const ImageNotPulled& seen) const {
    return {EntryKind::StepFailed, "pulling image: " + seen.error.text(), seen.container};
  }
  Line operator()(const ContainerExited& seen) const {
    return {EntryKind::Seen, exit_text(seen.exit), seen.container};
  }
  Line operator()(const StartTimedOut& seen) const {
    return {EntryKind::Seen, std::string(words_of(StepKind::AwaitStartTimeout).did),
            seen.container};
  }
  Line operator()(const ExitExamined& seen) const {
    return done(examined_text(seen), seen.container);
  }
  Line operator()(const ContainerRestarted& seen) const {
    return done("started it again", seen.container);
  }
  Line operator()(const OutOfMemory& seen) const {
    return {EntryKind::Seen, "the kernel killed in it for memory", seen.container};
  }
  Line operator()(const Probed& seen) const {
    // An unhealthy container goes on failing; that it does is known.
    const ContainerRecord& container = record_.containers[seen.container];
    if (seen.healthy || container.health == model::Health::Unhealthy) return {};
    return {EntryKind::Seen, "health check failed: " + seen.output, seen.container};
  }
  Line operator()(const StepFailed& seen) const { return failed(seen); }
  Line operator()(const Rebooted&) const {
    return {EntryKind::Seen, "the machine was started anew", {}};
  }
  Line operator()(const ClockSet& seen) const {
    if (!record_.boot_began) return {};
    const auto by = std::chrono::round<std::chrono::seconds>(seen.boot_began - *record_.boot_began);
    return {EntryKind::Seen,
            "the clock was set " + std::to_string(std::abs(by.count())) +
                (by.count() < 0 ? " s back" : " s forward"),
            {}};
  }
  Line operator()(const StopRequested& seen) const {
    const std::string why = seen.why ? ": " + seen.why->message : "";
    return {EntryKind::Seen, "it was asked to stop" + why, {}};
  }
  Line operator()(const FinalAccepted&) const { return {}; }  // the outbox has its own line
  Line operator()(const LookAgain&) const {
    return {EntryKind::Seen, "events may have been missed", {}};
  }
  Line operator()(const CleanupDue&) const {
    return {EntryKind::Seen, std::string(words_of(StepKind::AwaitCleanup).did), {}};
  }
  /// All others only say that their step is done.
  template <class Done>
  Line operator()(const Done& seen) const {
    const Step step = *Answers()(seen);
    return done(std::string(words_of(step.kind).did), step.container);
  }

 private:
  static Line done(std::string text, std::optional<std::size_t> container = std::nullopt) {
    return {EntryKind::StepDone, std::move(text), container};
  }
  static std::string examined_text(const ExitExamined& seen) {
    std::string text = seen.cgroup_found ? "nothing of it runs any more"
                                         : "its cgroup was gone before it could be read";
    if (seen.out_of_memory) text += "; " + memory_text(*seen.out_of_memory);
    if (seen.left_behind > 0) {
      text += "; processes left behind and killed: " + std::to_string(seen.left_behind);
    }
    return text;
  }
  static Line failed(const StepFailed& seen) {
    std::string doing(words_of(seen.step.kind).doing);
    if (seen.error.code == Errc::Cancelled) {
      if (doing.empty()) return {};
      return {EntryKind::StepFailed, std::move(doing) + ": given up, it is not needed any more",
              seen.step.container};
    }
    if (doing.empty()) doing = name_of(seen.step.kind);
    return {EntryKind::StepFailed, std::move(doing) + ": " + seen.error.text(),
            seen.step.container};
  }

  const Record& record_;
};

void add_container_changes(const Record& before, const Record& after, std::size_t at, WallTime when,
                           std::vector<Entry>& entries) {
  const ContainerRecord& was = before.containers[at];
  const ContainerRecord& is = after.containers[at];
  const std::string& name = after.task.containers[at].name;
  if (was.restarts != is.restarts) {
    entries.push_back({when,
                       EntryKind::Restart,
                       name,
                       "has been restarted, number " + std::to_string(is.restarts),
                       {}});
  }
  if (was.health != is.health) {
    entries.push_back({when, EntryKind::Status, name, "is " + std::string(name_of(is.health)), {}});
  }
  if (was.known != is.known) {
    entries.push_back({when, EntryKind::Status, name, "is " + std::string(name_of(is.known)), {}});
  }
}

}  // namespace

std::optional<Step> answered_step(const Sight& sight) {
  return std::visit(Answers(), sight);
}

std::optional<Entry> begin_entry(const Step& step, const Record& record, WallTime at) {
  if (step.kind == StepKind::AwaitResources) {
    return Entry{at, EntryKind::Queued, "", demand_text(record.task), {}};
  }
  std::string text(words_of(step.kind).doing);
  if (text.empty()) return std::nullopt;
  if (step.kind == StepKind::PullImage) text += " " + record.task.containers[*step.container].image;
  return Entry{
      at, EntryKind::StepBegun, container_name(record, step.container), std::move(text), {}};
}

std::optional<Entry> sight_entry(const Observed& seen, const Record& record,
                                 std::optional<std::chrono::milliseconds> took) {
  Line line = std::visit(Lines(record), seen.what);
  if (line.text.empty()) return std::nullopt;
  return Entry{seen.at, line.kind, container_name(record, line.container), std::move(line.text),
               took};
}

std::vector<Entry> change_entries(const Record& before, const Record& after, WallTime at) {
  std::vector<Entry> entries;
  for (std::size_t i = 0; i < after.containers.size(); ++i) {
    add_container_changes(before, after, i, at, entries);
  }
  if (before.known == after.known) return entries;
  entries.push_back(
      {at, EntryKind::Status, "", "the task is " + std::string(name_of(after.known)), {}});
  if (after.known != model::TaskStatus::Stopped) return entries;
  for (model::Verdict& verdict : verdicts_of(after)) {
    entries.push_back(
        {at, EntryKind::Verdict, std::move(verdict.container), std::move(verdict.text), {}});
  }
  return entries;
}

Entry accepted_entry(const Record& record, WallTime at) {
  return {at,
          EntryKind::Accepted,
          "",
          "accepted " + record.task.family + ":" + record.task.version + " with " +
              std::to_string(record.task.containers.size()) + " containers, wanted " +
              std::string(name_of(record.goal)),
          {}};
}

}  // namespace berth::engine
