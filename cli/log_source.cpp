// log_source.cpp - entries to lines and remarks.
#include "cli/log_source.hpp"

#include <cstring>

namespace berth::cli {

namespace {

std::string remark_about(const logs::Gap& gap) {
  return "[" + std::to_string(gap.records) + " lines, " + std::to_string(gap.bytes) +
         " bytes, could not be written here: " + std::strerror(static_cast<int>(gap.os_errno)) +
         "]";
}

std::string remark_about_missed(std::uint64_t missed) {
  return "[" + std::to_string(missed) + " lines are missing here: rotated away or damaged]";
}

}  // namespace

Result<bool> LogSource::open() {
  if (reader_) return true;
  if (directory_.empty()) return false;
  auto reader = logs::SpoolReader::open(directory_);
  if (reader.failed_with(Errc::NotFound)) return false;
  if (!reader) return std::move(reader).error().while_doing("read the logs of " + container_);
  if (wants_watch_) {
    auto watch = logs::SpoolWatch::open(directory_);
    if (!watch) return std::move(watch).error().while_doing("follow the logs of " + container_);
    watch_ = std::move(*watch);
  }
  reader_ = std::move(*reader);
  return true;
}

void LogSource::take(logs::Entry entry) {
  const std::int64_t time_ns = entry.time_ns;
  const std::uint64_t missed = entry.missed;
  const std::optional<logs::Gap> gap =
      entry.kind == logs::Kind::Gap ? std::optional(entry.gap) : std::nullopt;
  // What the joiner gives up because of a hole comes before the remark; the entry itself after it.
  const bool last_is_entry = !gap && missed > 0 && (entry.flags & logs::kContinues) == 0;
  std::vector<logs::Line> lines = joiner_.push(std::move(entry));

  const std::size_t before = lines.size() - (last_is_entry ? 1 : 0);
  auto show = [this](logs::Line& line) {
    ready_.push_back({line.stream, line.time_ns, std::move(line.text)});
  };
  for (std::size_t i = 0; i < before; ++i) show(lines[i]);
  if (missed > 0) ready_.push_back({logs::Kind::Gap, time_ns, remark_about_missed(missed)});
  if (gap) ready_.push_back({logs::Kind::Gap, time_ns, remark_about(*gap)});
  if (last_is_entry) show(lines.back());
}

Result<bool> LogSource::load() {
  if (!ready_.empty()) return true;
  BERTH_TRY(const bool is_open, open());
  while (is_open && ready_.empty()) {
    BERTH_TRY(std::optional<logs::Entry> entry, reader_->next());
    if (!entry) break;
    take(std::move(*entry));
  }
  return !ready_.empty();
}

Result<> LogSource::skip_to_tail(std::size_t lines) {
  std::deque<ShownLine> last;
  for (;;) {
    BERTH_TRY(const bool loaded, load());
    if (!loaded && !wants_watch_) release_partial();
    if (ready_.empty()) break;
    last.push_back(std::move(ready_.front()));
    ready_.pop_front();
    if (last.size() > lines) last.pop_front();
  }
  ready_ = std::move(last);
  return ok();
}

void LogSource::release_partial() {
  for (logs::Line& line : joiner_.finish()) {
    ready_.push_back({line.stream, line.time_ns, std::move(line.text)});
  }
}

void LogSource::watch() {
  wants_watch_ = true;
}

void LogSource::clear_news() {
  if (watch_) watch_->clear();
}

}  // namespace berth::cli
