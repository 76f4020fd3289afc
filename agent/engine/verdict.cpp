// verdict.cpp - exits, kills and faults as sentences.
#include "agent/engine/verdict.hpp"

#include <array>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <optional>

namespace berth::engine {

using model::ContainerRecord;
using model::ContainerStatus;
using model::FaultKind;

namespace {

constexpr int kSignalBase = 128;  // a process ended by a signal has 128 and its number as code

std::string mebibytes(std::uint64_t bytes) {
  constexpr double kMebibyte = 1 << 20;
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f MiB", static_cast<double>(bytes) / kMebibyte);
  return text.data();
}

std::string counted(std::uint64_t count, const char* one, const char* many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

std::string_view subject_of(FaultKind kind) {
  switch (kind) {
    case FaultKind::CannotResolve: return "its image is not known to the registry";
    case FaultKind::CannotPull: return "its image could not be pulled";
    case FaultKind::CannotCreate: return "it could not be created";
    case FaultKind::CannotStart: return "it could not be started";
    case FaultKind::CannotStop: return "it could not be stopped";
    case FaultKind::Vanished: return "it vanished";
    case FaultKind::Rebooted: return "the machine was started anew";
    case FaultKind::StoppedEarly: return "it was stopped before it began";
    case FaultKind::OutOfMemory: return "it ran out of memory";
    case FaultKind::DependencyFailed: return "a dependency can never be met";
    case FaultKind::TimedOut: return "it took too long";
    case FaultKind::Network: return "its network could not be made";
    case FaultKind::Cgroup: return "its cgroup could not be made";
    case FaultKind::Drained: return "the node stopped it";
    case FaultKind::Refused: return "it cannot be run here";
  }
  return "it failed";
}

std::string fault_text(const model::Fault& fault) {
  return std::string(subject_of(fault.kind)) + ": " + fault.message;
}

/// Ended by itself, not because the task was being stopped.
bool ended_by_itself(const ContainerRecord& container) {
  if (container.known != ContainerStatus::Stopped && !container.ended) return false;
  if (container.fault) return true;
  const bool has_run = container.exit || container.ended;
  return has_run && !container.stop_signalled_at;
}

std::string ending_of(const ContainerRecord& container) {
  std::string text;
  const auto add = [&text](const std::string& part) { text += (text.empty() ? "" : "; ") + part; };
  const auto& exit = container.exit ? container.exit : container.ended;
  const bool is_dependency =
      container.fault && container.fault->kind == FaultKind::DependencyFailed;
  if (exit && !is_dependency) add(exit_text(*exit));
  if (container.out_of_memory) add(memory_text(*container.out_of_memory));
  if (container.fault && container.fault->kind != FaultKind::OutOfMemory) {
    add(fault_text(*container.fault));
  }
  if (container.stop_signalled_at) add("it was asked to stop");
  if (container.left_behind > 0) {
    add(counted(static_cast<std::uint64_t>(container.left_behind), "process", "processes") +
        " left behind had to be killed");
  }
  if (container.restarts > 0) {
    add("restarted " + counted(static_cast<std::uint64_t>(container.restarts), "time", "times") +
        " before");
  }
  return text.empty() ? "never started" : text;
}

/// The essential container whose end stopped the task: the one that ended first.
std::optional<std::size_t> culprit_of(const model::Record& record) {
  std::optional<std::size_t> first;
  const auto when = [&record](std::size_t at) {
    const ContainerRecord& container = record.containers[at];
    const auto& exit = container.exit ? container.exit : container.ended;
    return exit ? exit->at : WallTime{};
  };
  for (std::size_t at = 0; at < record.containers.size(); ++at) {
    if (!record.task.containers[at].essential || !ended_by_itself(record.containers[at])) continue;
    if (!first || when(at) < when(*first)) first = at;
  }
  return first;
}

std::string cause_of(const model::Record& record) {
  if (record.fault) return fault_text(*record.fault);
  if (const auto culprit = culprit_of(record)) {
    return "essential container " + record.task.containers[*culprit].name +
           " ended: " + ending_of(record.containers[*culprit]);
  }
  return record.goal == model::Goal::Stopped ? "it was asked to stop" : "";
}

}  // namespace

std::string exit_text(const model::Exit& exit) {
  const std::string text = "exited with code " + std::to_string(exit.code);
  const int signal = exit.code - kSignalBase;
  if (signal <= 0 || signal > SIGRTMAX) return text;
  const char* name = sigabbrev_np(signal);
  if (name == nullptr) return text + ": ended by signal " + std::to_string(signal);
  return text + ": ended by SIG" + name;
}

std::string memory_text(const model::OutOfMemory& verdict) {
  std::string text = counted(verdict.kills, "process", "processes") + " killed for memory";
  if (verdict.peak) text += ", " + mebibytes(*verdict.peak) + " used at most";
  if (verdict.limit) text += ", the limit is " + mebibytes(*verdict.limit);
  return text;
}

std::vector<model::Verdict> verdicts_of(const model::Record& record) {
  std::vector<model::Verdict> verdicts;
  if (const std::string cause = cause_of(record); !cause.empty()) verdicts.push_back({"", cause});
  for (std::size_t at = 0; at < record.containers.size(); ++at) {
    const ContainerRecord& container = record.containers[at];
    if (container.known != ContainerStatus::Stopped && !container.ended) continue;
    verdicts.push_back({record.task.containers[at].name, ending_of(container)});
  }
  return verdicts;
}

}  // namespace berth::engine
