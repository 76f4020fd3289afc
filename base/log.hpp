// log.hpp - one event, one line, fixed keys.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace berth::log {

/// error: a person must act. warn: degraded, going on. info: a task or the program changed state.
/// debug: a step.
enum class Level : std::uint8_t { Debug, Info, Warn, Error, Critical };

/// One key=value. A text value with spaces or quotes is quoted; a task's is its ARN where known.
/// Never logged: credentials, environment values, payload bodies, containers' command lines.
/// Keys in use: task container step took_ms error what attempt wait_ms image digest layer bytes pid
/// signal exit_code status reason cluster instance endpoint url field value line file address count
/// id message_id health version path name
struct Field {
  std::string_view key;
  std::string value;

  Field(std::string_view k, std::string_view v) : key(k), value(v) {}
  Field(std::string_view k, const std::string& v) : key(k), value(v) {}
  Field(std::string_view k, const char* v) : key(k), value(v) {}
  template <class Number>
    requires std::is_arithmetic_v<Number>
  Field(std::string_view k, Number v) : key(k), value(std::to_string(v)) {}
};
using Fields = std::initializer_list<Field>;

/// Lines go to standard error with a time stamp; under systemd (JOURNAL_STREAM set) with a
/// "<priority>" prefix instead.
void set_level(Level level);

/// Gets each line that is important enough before standard error does. True: it was taken, and
/// standard error does not get it. Called on any thread; must not log.
using Sink = std::function<bool(Level level, std::string_view sentence, Fields fields)>;
/// To be called while nothing else runs: at start, and with an empty one before what it uses goes.
void set_sink(Sink sink);

/// A value as people see it: of a task its id, which is the last part of its ARN.
std::string_view shown(const Field& field);

/// "sentence key=value key="a value"", as it stands in a line.
std::string text_of(std::string_view sentence, Fields fields);

Level level();
/// "crit", "error", "warn", "info", "debug", as ECS_LOGLEVEL has them.
Result<Level> parse_level(std::string_view text);

/// `sentence` is constant text; what varies is in the fields.
void write(Level level, std::string_view sentence, Fields fields);

inline void debug(std::string_view sentence, Fields fields = {}) {
  write(Level::Debug, sentence, fields);
}
inline void info(std::string_view sentence, Fields fields = {}) {
  write(Level::Info, sentence, fields);
}
inline void warn(std::string_view sentence, Fields fields = {}) {
  write(Level::Warn, sentence, fields);
}
inline void error(std::string_view sentence, Fields fields = {}) {
  write(Level::Error, sentence, fields);
}

}  // namespace berth::log
