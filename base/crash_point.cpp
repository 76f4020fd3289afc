// crash_point.cpp - the one armed point, counted down.
#include "base/crash_point.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <csignal>
#include <string>

namespace berth::crash_point {

namespace {

constexpr int kMostPassages = 999'999;

// As with the log's level there is one for the program: the points are in every room.
std::string armed_name;          // written before the first thread starts, then only read
std::atomic<int> passages_left;  // 0 or less: nothing is armed, or not any more

bool is_named(std::string_view name, std::initializer_list<std::string_view> parts) {
  for (const std::string_view part : parts) {
    if (!name.starts_with(part)) return false;
    name.remove_prefix(part.size());
  }
  return name.empty();
}

}  // namespace

Result<> arm(std::string_view where, std::span<const std::string_view> known) {
  const std::string_view name = where.substr(0, where.find(':'));
  if (std::find(known.begin(), known.end(), name) == known.end()) {
    return Error{Errc::Invalid, 0, "no crash point is called \"" + std::string(name) + "\""};
  }
  int passage = 1;
  if (name.size() < where.size()) {
    const std::string_view digits = where.substr(name.size() + 1);
    const char* const end = digits.data() + digits.size();
    const auto read = std::from_chars(digits.data(), end, passage);
    if (read.ec != std::errc() || read.ptr != end || passage < 1 || passage > kMostPassages) {
      return Error{Errc::Invalid, 0,
                   "\"" + std::string(digits) + "\" is no passage: allowed are 1 to 999999"};
    }
  }
  armed_name = name;
  passages_left = passage;
  return ok();
}

void pass(std::initializer_list<std::string_view> name_in_parts) {
  if (passages_left <= 0 || !is_named(armed_name, name_in_parts)) return;
  if (--passages_left != 0) return;
  ::kill(::getpid(), SIGKILL);
  ::pause();  // nothing more may be done by this thread until the signal has come
}

}  // namespace berth::crash_point
