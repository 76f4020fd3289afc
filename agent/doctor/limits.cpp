// limits.cpp - open files, processes of the unit, and who we are.
#include "agent/doctor/limits.hpp"

#include <charconv>
#include <limits>

#include "agent/doctor/words.hpp"
#include "base/text.hpp"

namespace berth::doctor {

namespace {

constexpr const char* kLimits = "limits";
constexpr std::string_view kRow = "Max open files";
constexpr std::uint64_t kUnlimited = std::numeric_limits<std::uint64_t>::max();

/// What a limit is enough for.
struct Measure {
  const char* what;
  std::uint64_t too_few;  ///< below is an error
  std::uint64_t few;      ///< below is a warning
  const char* when_too_few;
  const char* when_few;
};

// A task holds about four, containerd's connection and the sessions some twenty; systemd gives
// 1024.
constexpr Measure kOpenFiles{"open files", 128, 1024, "which a few tasks use up",
                             "which a few hundred tasks use up"};
// berthd has up to 32 threads for blocking calls beside gRPC's, which go by the number of cores; so
// do those of each pull.
constexpr Measure kProcesses{"processes", 128, 512, "which berthd and one pull use up",
                             "which a few pulls at once use up"};

/// Words of proc(5) and of systemctl.
std::optional<std::uint64_t> limit_in(const std::string& word) {
  if (word == "unlimited" || word == "infinity") return kUnlimited;
  std::uint64_t value = 0;
  const char* const end = word.data() + word.size();
  const auto [rest, bad] = std::from_chars(word.data(), end, value);
  if (bad != std::errc() || rest != end) return std::nullopt;
  return value;
}

Finding judge(const Measure& measure, std::uint64_t limit, const std::string& whose,
              const std::string& cure) {
  const std::string reason =
      (limit == kUnlimited ? "no limit" : std::to_string(limit)) + " for " + whose;
  if (limit >= measure.few) return fine(kLimits, measure.what, reason);
  if (limit >= measure.too_few) {
    return warned(kLimits, measure.what, reason + ", " + measure.when_few, cure);
  }
  return failed(kLimits, measure.what, reason + ", " + measure.when_too_few, cure);
}

/// cure: the setting of a drop-in.
Finding judge_unit(const UnitFacts& units, const Measure& measure, const char* name,
                   const std::string& cure) {
  const std::string value = property(units, kBerthd, name);
  const std::optional<std::uint64_t> limit = limit_in(value);
  if (!limit) {
    return unknown(kLimits, measure.what,
                   std::string("systemctl shows ") + name + "=" + value + " of berthd.service");
  }
  return judge(measure, *limit, kBerthd,
               "systemctl edit berthd, add [Service] " + cure + ", then systemctl restart berthd");
}

Finding judge_own(const Result<std::string>& limits) {
  if (!limits) return unknown(kLimits, kOpenFiles.what, limits.error().message);
  const std::optional<OpenFiles> files = open_files_in(*limits);
  if (!files) {
    return unknown(kLimits, kOpenFiles.what,
                   "/proc/self/limits has no row \"Max open files\" to read");
  }
  return judge(kOpenFiles, files->soft, "whoever runs this",
               "ulimit -n 65536 before berthd is started");
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

Findings judge_limits(const UnitFacts& units, const Result<std::string>& own) {
  if (!is_loaded(units, kBerthd)) return {judge_own(own)};
  return {judge_unit(units, kOpenFiles, "LimitNOFILESoft", "LimitNOFILE=65536"),
          judge_unit(units, kProcesses, "TasksMax", "TasksMax=4096")};
}

Finding judge_user(unsigned user) {
  if (user == 0) return fine("privileges", "root", "this runs as root");
  return failed(
      "privileges", "root",
      "this runs as user " + std::to_string(user) + ": what follows is what that one sees",
      "run it as root, as berthd runs");
}

}  // namespace berth::doctor
