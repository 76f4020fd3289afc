// stop.cpp - signals by name.
#include "agent/plan/stop.hpp"

#include <strings.h>

#include <charconv>
#include <csignal>
#include <cstring>
#include <string>

namespace berth::plan {

namespace {

std::optional<int> number_of(std::string_view text) {
  int number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<int> named_signal(const std::string& name) {
  for (int number = 1; number < SIGRTMIN; ++number) {
    const char* abbreviation = sigabbrev_np(number);
    if (abbreviation != nullptr && strcasecmp(abbreviation, name.c_str()) == 0) return number;
  }
  if (strncasecmp(name.c_str(), "RTMIN+", 6) == 0) {
    const auto offset = number_of(std::string_view(name).substr(6));
    if (offset && *offset >= 0 && SIGRTMIN + *offset <= SIGRTMAX) return SIGRTMIN + *offset;
  }
  return std::nullopt;
}

}  // namespace

Result<int> parse_signal(std::string_view text) {
  if (const auto number = number_of(text); number && *number > 0 && *number <= SIGRTMAX) {
    return *number;
  }
  std::string name(text);
  if (strncasecmp(name.c_str(), "SIG", 3) == 0) name.erase(0, 3);
  if (const auto number = named_signal(name)) return *number;
  return Error{Errc::Invalid, 0, "stop signal \"" + std::string(text) + "\" is no signal"};
}

int stop_signal_for(const model::Record& record, std::size_t container) {
  const std::string& wanted = record.task.containers[container].stop_signal;
  const std::string& text =
      wanted.empty() ? record.containers[container].image_stop_signal : wanted;
  if (text.empty()) return SIGTERM;
  return parse_signal(text).value_or(SIGTERM);
}

std::chrono::seconds stop_timeout_for(const model::Container& container, const Settings& settings) {
  return container.stop_timeout.value_or(settings.stop_timeout);
}

}  // namespace berth::plan
