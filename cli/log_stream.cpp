// log_stream.cpp - merging, printing, following.
#include "cli/log_stream.hpp"

#include <poll.h>
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <ostream>

namespace berth::cli {

namespace {

// While a writer lives its file's news wake us; without one only berthd knows what comes.
constexpr int kIdleMs = 500;
constexpr int kIdleWithoutWriterMs = 100;

}  // namespace

std::string timestamp_text(std::int64_t time_ns) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  // Towards the past, so that the fraction is never negative.
  const std::int64_t fraction = (time_ns % kSecond + kSecond) % kSecond;
  const auto seconds = static_cast<time_t>((time_ns - fraction) / kSecond);
  struct tm utc{};
  ::gmtime_r(&seconds, &utc);
  char text[64];
  const std::size_t size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
  std::snprintf(text + size, sizeof text - size, ".%09lldZ", static_cast<long long>(fraction));
  return text;
}

Result<> LogStream::add(const local::LogsView& logs, const std::string& container) {
  task_arn_ = logs.task_arn;
  std::string names;
  for (const local::LogView& log : logs.containers) {
    names += (names.empty() ? "" : ", ") + log.container;
    if (container.empty() || container == log.container) {
      sources_.emplace_back(log.container, log.directory);
    }
  }
  if (sources_.empty() && !container.empty()) {
    return Error{Errc::NotFound, 0,
                 "task " + logs.task_arn + " has no container \"" + container + "\"; it has " +
                     (names.empty() ? "none" : names)};
  }
  if (sources_.size() > 1) {
    for (const LogSource& source : sources_) {
      prefix_width_ = std::max(prefix_width_, source.container().size());
    }
  }
  return ok();
}

Result<> LogStream::skip_to_tail(std::size_t lines) {
  for (LogSource& source : sources_) BERTH_CHECK(source.skip_to_tail(lines));
  return ok();
}

Result<> LogStream::print_all() {
  BERTH_CHECK(print_available());
  for (LogSource& source : sources_) source.release_partial();
  return print_available();
}

void LogStream::start_following() {
  for (LogSource& source : sources_) source.watch();
}

Result<> LogStream::follow(const Berthd& berthd) {
  for (;;) {
    for (LogSource& source : sources_) source.clear_news();
    // Asked before reading: what was written before the writer ended is then read below.
    const bool is_last_round = !may_more_come(berthd);
    BERTH_CHECK(print_available());
    if (is_last_round) return print_all();
    wait_for_news();
  }
}

Result<> LogStream::print_available() {
  for (;;) {
    LogSource* first = nullptr;
    for (LogSource& source : sources_) {
      BERTH_TRY(const bool loaded, source.load());
      if (loaded && (first == nullptr || source.front().time_ns < first->front().time_ns)) {
        first = &source;
      }
    }
    if (first == nullptr) break;
    print(*first, first->front());
    first->pop();
  }
  out_.flush();
  return ok();
}

bool LogStream::may_more_come(const Berthd& berthd) {
  bool is_written = false;
  bool all_known = true;
  for (const LogSource& source : sources_) {
    is_written = is_written || source.has_writer();
    all_known = all_known && source.has_directory();
  }
  if (is_written && (all_known || !ask_again_.has_passed())) return true;

  ask_again_ = Deadline::after(std::chrono::milliseconds(kIdleMs));
  const auto logs = berthd.logs(task_arn_);
  if (!logs) return is_written || !logs.failed_with(Errc::NotFound);
  bool may_run = false;
  for (const local::LogView& log : logs->containers) {
    for (LogSource& source : sources_) {
      if (source.container() != log.container) continue;
      source.learn_directory(log.directory);
      may_run = may_run || !log.stopped;
    }
  }
  return is_written || may_run;
}

void LogStream::wait_for_news() {
  std::vector<pollfd> waits;
  bool has_writer = false;
  for (const LogSource& source : sources_) {
    waits.push_back({source.news(), POLLIN, 0});
    has_writer = has_writer || source.has_writer();
  }
  const int wait_ms = has_writer ? kIdleMs : kIdleWithoutWriterMs;
  if (::poll(waits.data(), waits.size(), wait_ms) != 0) return;
  for (LogSource& source : sources_) source.release_partial();
}

void LogStream::print(const LogSource& source, const ShownLine& line) {
  std::string text;
  if (prefix_width_ > 0) {
    text = source.container();
    text.resize(prefix_width_, ' ');
    text += " | ";
  }
  if (timestamps_) text += timestamp_text(line.time_ns) + " ";
  text += line.text;
  text += '\n';
  if (line.kind == logs::Kind::Stdout) {
    out_ << text;
    return;
  }
  out_.flush();  // both may go to one terminal
  err_ << text;
  err_.flush();
}

}  // namespace berth::cli
