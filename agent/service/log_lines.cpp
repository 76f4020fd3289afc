// log_lines.cpp - a log line as a record of the journal.
#include "agent/service/log_lines.hpp"

#include <algorithm>
#include <vector>

namespace berth::service {

namespace {

constexpr std::string_view kIdentifier = "berthd";

/// source: syslog(3).
std::string_view priority_of(log::Level level) {
  switch (level) {
    case log::Level::Debug: return "7";
    case log::Level::Info: return "6";
    case log::Level::Warn: return "4";
    case log::Level::Error: return "3";
    case log::Level::Critical: return "2";
  }
  return "6";
}

std::string name_of(std::string_view key) {
  if (key == "task") return "TASK_ID";
  if (key == "message_id") return "ECS_MESSAGE_ID";
  std::string name(key);
  std::transform(name.begin(), name.end(), name.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
  });
  return name;
}

}  // namespace

std::string journal_record(log::Level level, std::string_view sentence, log::Fields fields) {
  const std::string message = log::text_of(sentence, fields);
  std::vector<std::string> names;
  for (const log::Field& field : fields) names.push_back(name_of(field.key));
  std::vector<systemd::JournalField> record{
      {"MESSAGE", message}, {"PRIORITY", priority_of(level)}, {"SYSLOG_IDENTIFIER", kIdentifier}};
  std::size_t place = 0;
  for (const log::Field& field : fields) {
    const std::string_view shown = log::shown(field);
    if (shown != field.value) record.push_back({"TASK_ARN", field.value});
    record.push_back({names[place++], shown});
  }
  return systemd::record_of(record);
}

LogLines::LogLines(const Clock& clock, std::optional<systemd::Journal> journal)
    : clock_(clock), journal_(std::move(journal)) {
  log::set_sink([this](log::Level level, std::string_view sentence, log::Fields fields) {
    return take(level, sentence, fields);
  });
}

LogLines::~LogLines() {
  log::set_sink({});
}

std::optional<LastError> LogLines::last_error() const {
  const std::lock_guard hold(mutex_);
  return last_error_;
}

bool LogLines::take(log::Level level, std::string_view sentence, log::Fields fields) {
  const auto error = std::find_if(fields.begin(), fields.end(),
                                  [](const log::Field& one) { return one.key == "error"; });
  if (level >= log::Level::Warn && error != fields.end()) {
    const std::lock_guard hold(mutex_);
    last_error_ = LastError{clock_.wall(), std::string(sentence) + ": " + error->value};
  }
  // What the journal does not take at once stays with standard error.
  return journal_ && journal_->send(journal_record(level, sentence, fields));
}

}  // namespace berth::service
