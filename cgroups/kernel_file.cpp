// kernel_file.cpp - reads "key value" lines and single numbers.
#include "cgroups/kernel_file.hpp"

#include <algorithm>
#include <charconv>

namespace berth::cgroups {

namespace {

// v1 shows "no limit" as the largest count of pages times the page size: just under 2^63.
constexpr std::uint64_t kNoLimitFrom = std::uint64_t{1} << 62;

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (bad != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string_view first_line(std::string_view text) {
  return text.substr(0, text.find('\n'));
}

}  // namespace

std::optional<std::uint64_t> field(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    const std::string_view line = first_line(text);
    if (line.size() > key.size() && line.substr(0, key.size()) == key && line[key.size()] == ' ') {
      return number(line.substr(key.size() + 1));
    }
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return std::nullopt;
}

Result<std::optional<std::uint64_t>> read_number(const Dir& cgroup, const std::string& file) {
  BERTH_TRY(const std::string text, cgroup.read(file));
  const std::string_view line = first_line(text);
  if (line == "max" || line == "-1") return std::optional<std::uint64_t>();
  const std::optional<std::uint64_t> value = number(line);
  if (!value) {
    return Error{Errc::Broken, 0,
                 cgroup.path() + "/" + file + ": \"" + std::string(line) + "\" is not a number"};
  }
  return *value >= kNoLimitFrom ? std::optional<std::uint64_t>() : value;
}

Result<std::optional<std::uint64_t>> read_number_if_there(const Dir& cgroup,
                                                          const std::string& file) {
  if (!cgroup.exists(file)) return std::optional<std::uint64_t>();
  return read_number(cgroup, file);
}

Result<std::string> read_if_there(const Dir& cgroup, const std::string& file) {
  if (!cgroup.exists(file)) return std::string();
  return cgroup.read(file);
}

Result<std::vector<int>> read_processes(const Dir& cgroup) {
  // Large: a fork bomb's list is what has to be read here.
  BERTH_TRY(const std::string text, cgroup.read("cgroup.procs", 64 << 20));
  std::vector<int> pids;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view line = first_line(rest);
    if (const auto pid = number(line)) pids.push_back(static_cast<int>(*pid));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
  }
  return pids;
}

}  // namespace berth::cgroups
