// limits.cpp - open files, and who we are.
#include "agent/doctor/limits.hpp"

#include <charconv>
#include <limits>

#include "agent/doctor/words.hpp"
#include "base/text.hpp"

namespace berth::doctor {

namespace {

constexpr const char* kLimits = "limits";
constexpr const char* kOpenFiles = "open files";
constexpr std::string_view kRow = "Max open files";
// A task holds about four, containerd's connection and the sessions some twenty.
constexpr std::uint64_t kTooFew = 128;
constexpr std::uint64_t kFew = 1024;  // what systemd gives; enough for 200 tasks

std::optional<std::uint64_t> limit_in(const std::string& word) {
  if (word == "unlimited") return std::numeric_limits<std::uint64_t>::max();
  std::uint64_t value = 0;
  const char* const end = word.data() + word.size();
  const auto [rest, bad] = std::from_chars(word.data(), end, value);
  if (bad != std::errc() || rest != end) return std::nullopt;
  return value;
}

}  // namespace

std::optional<OpenFiles> open_files_in(std::string_view limits) {
  for (const std::string& line : lines_of(limits)) {
    if (!line.starts_with(kRow)) continue;
    const std::vector<std::string> columns = words_of(std::string_view(line).substr(kRow.size()));
    if (columns.size() < 2) return std::nullopt;
    const auto soft = limit_in(columns[0]);
    const auto hard = limit_in(columns[1]);
    if (!soft || !hard) return std::nullopt;
    return OpenFiles{*soft, *hard};
  }
  return std::nullopt;
}

Finding judge_open_files(const Result<std::string>& limits) {
  if (!limits) return unknown(kLimits, kOpenFiles, limits.error().message);
  const std::optional<OpenFiles> files = open_files_in(*limits);
  if (!files) {
    return unknown(kLimits, kOpenFiles, "/proc/self/limits has no row \"Max open files\" to read");
  }
  const std::string reason = std::to_string(files->soft) + " for whoever runs this";
  const std::string cure =
      "set LimitNOFILE=65536 for berthd.service, or `ulimit -n 65536` before "
      "berthd is started";
  if (files->soft >= kFew) return fine(kLimits, kOpenFiles, reason);
  if (files->soft >= kTooFew) {
    return warned(kLimits, kOpenFiles, reason + ", which a few hundred tasks use up", cure);
  }
  return failed(kLimits, kOpenFiles, reason + ", which a few tasks use up", cure);
}

Finding judge_user(unsigned user) {
  if (user == 0) return fine("privileges", "root", "this runs as root");
  return failed(
      "privileges", "root",
      "this runs as user " + std::to_string(user) + ": what follows is what that one sees",
      "run it as root, as berthd runs");
}

}  // namespace berth::doctor
