// log.cpp - the only file that knows spdlog.
#include "base/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdlib>
#include <memory>

namespace berth::log {

namespace {

spdlog::level::level_enum spdlog_level(Level level) {
  switch (level) {
    case Level::Debug: return spdlog::level::debug;
    case Level::Info: return spdlog::level::info;
    case Level::Warn: return spdlog::level::warn;
    case Level::Error: return spdlog::level::err;
    case Level::Critical: return spdlog::level::critical;
  }
  return spdlog::level::info;
}

spdlog::logger& logger() {
  static const std::shared_ptr<spdlog::logger> made = [] {
    auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    auto fresh = std::make_shared<spdlog::logger>("berth", sink);
    // journald keeps the time itself and reads the priority from "<N>".
    const bool journal = std::getenv("JOURNAL_STREAM") != nullptr;
    fresh->set_pattern(journal ? "%v" : "%Y-%m-%dT%H:%M:%S.%e %v");
    fresh->set_level(spdlog::level::info);
    return fresh;
  }();
  return *made;
}

const char* prefix(Level level) {
  static const bool journal = std::getenv("JOURNAL_STREAM") != nullptr;
  switch (level) {
    case Level::Debug: return journal ? "<7>" : "debug ";
    case Level::Info: return journal ? "<6>" : "info  ";
    case Level::Warn: return journal ? "<4>" : "warn  ";
    case Level::Error: return journal ? "<3>" : "error ";
    case Level::Critical: return journal ? "<2>" : "crit  ";
  }
  return "";
}

Sink& sink() {
  static Sink given;
  return given;
}

void append_value(std::string& line, std::string_view value) {
  if (!value.empty() && value.find_first_of(" \"\n\t=") == std::string_view::npos) {
    line += value;
    return;
  }
  line += '"';
  for (const char c : value) {
    if (c == '"' || c == '\\') line += '\\';
    if (c == '\n') {
      line += "\\n";
    } else {
      line += c;
    }
  }
  line += '"';
}

}  // namespace

void set_level(Level level) {
  logger().set_level(spdlog_level(level));
}

Level level() {
  switch (logger().level()) {
    case spdlog::level::debug: return Level::Debug;
    case spdlog::level::warn: return Level::Warn;
    case spdlog::level::err: return Level::Error;
    case spdlog::level::critical: return Level::Critical;
    default: return Level::Info;
  }
}

Result<Level> parse_level(std::string_view text) {
  if (text == "debug") return Level::Debug;
  if (text == "info") return Level::Info;
  if (text == "warn") return Level::Warn;
  if (text == "error") return Level::Error;
  if (text == "crit") return Level::Critical;
  return Error{
      Errc::Invalid, 0,
      "log level \"" + std::string(text) + "\": allowed are crit, error, warn, info, debug"};
}

void set_sink(Sink given) {
  sink() = std::move(given);
}

std::string_view shown(const Field& field) {
  const std::string_view value = field.value;
  const bool is_arn = field.key == "task" && value.starts_with("arn:");
  return is_arn ? value.substr(value.rfind('/') + 1) : value;
}

std::string text_of(std::string_view sentence, Fields fields) {
  std::string line(sentence);
  for (const Field& field : fields) {
    line += ' ';
    line += field.key;
    line += '=';
    append_value(line, shown(field));
  }
  return line;
}

void write(Level level, std::string_view sentence, Fields fields) {
  if (!logger().should_log(spdlog_level(level))) return;
  if (sink() && sink()(level, sentence, fields)) return;
  logger().log(spdlog_level(level), prefix(level) + text_of(sentence, fields));
  logger().flush();
}

}  // namespace berth::log
