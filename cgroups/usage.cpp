// usage.cpp - reads the counters of both cgroup versions into Usage.
#include "cgroups/usage.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <sstream>

#include "cgroups/kernel_file.hpp"

namespace berth::cgroups {

namespace {

using Number = std::optional<std::uint64_t>;

std::chrono::nanoseconds nanoseconds(const Number& count) {
  return std::chrono::nanoseconds(count.value_or(0));
}

std::chrono::nanoseconds microseconds(const Number& count) {
  return std::chrono::microseconds(count.value_or(0));
}

Result<> read_cpu_v2(const Dir& cpu, Usage& usage) {
  BERTH_TRY(const std::string stat, cpu.read("cpu.stat"));
  usage.cpu_total = microseconds(field(stat, "usage_usec"));
  usage.cpu_user = microseconds(field(stat, "user_usec"));
  usage.cpu_system = microseconds(field(stat, "system_usec"));
  usage.periods = field(stat, "nr_periods").value_or(0);
  usage.throttled_periods = field(stat, "nr_throttled").value_or(0);
  usage.throttled = microseconds(field(stat, "throttled_usec"));
  return ok();
}

Result<> read_cpuacct(const Dir& cpuacct, Usage& usage) {
  BERTH_TRY(const Number total, read_number(cpuacct, "cpuacct.usage"));
  BERTH_TRY(const Number user, read_number_if_there(cpuacct, "cpuacct.usage_user"));
  BERTH_TRY(const Number system, read_number_if_there(cpuacct, "cpuacct.usage_sys"));
  usage.cpu_total = nanoseconds(total);
  usage.cpu_user = nanoseconds(user);
  usage.cpu_system = nanoseconds(system);
  return ok();
}

Result<> read_throttling(const Dir& cpu, Usage& usage) {
  BERTH_TRY(const std::string stat, read_if_there(cpu, "cpu.stat"));
  usage.periods = field(stat, "nr_periods").value_or(0);
  usage.throttled_periods = field(stat, "nr_throttled").value_or(0);
  usage.throttled = nanoseconds(field(stat, "throttled_time"));
  return ok();
}

Result<> read_memory_v1(const Dir& memory, Usage& usage) {
  BERTH_TRY(const Number now, read_number(memory, "memory.usage_in_bytes"));
  BERTH_TRY(const Number peak, read_number(memory, "memory.max_usage_in_bytes"));
  BERTH_TRY(const Number both, read_number_if_there(memory, "memory.memsw.usage_in_bytes"));
  BERTH_TRY(const std::string stat, memory.read("memory.stat"));
  usage.memory.count = now.value_or(0);
  usage.memory_peak = Bytes{peak.value_or(0)};
  usage.memory_inactive_file.count = field(stat, "total_inactive_file").value_or(0);
  // Two counters read one after the other; the difference must not wrap.
  if (both) usage.swap = Bytes{*both - std::min(*both, usage.memory.count)};
  return ok();
}

Result<> read_memory_v2(const Dir& memory, Usage& usage) {
  BERTH_TRY(const Number now, read_number(memory, "memory.current"));
  BERTH_TRY(const Number peak, read_number_if_there(memory, "memory.peak"));
  BERTH_TRY(const Number swap, read_number_if_there(memory, "memory.swap.current"));
  BERTH_TRY(const std::string stat, memory.read("memory.stat"));
  usage.memory.count = now.value_or(0);
  if (peak) usage.memory_peak = Bytes{*peak};
  if (swap) usage.swap = Bytes{*swap};
  usage.memory_inactive_file.count = field(stat, "inactive_file").value_or(0);
  return ok();
}

/// "8:0 rbytes=1 wbytes=2 rios=3 wios=4 ..." for each device.
Result<> read_io_v2(const Dir& io, Usage& usage) {
  BERTH_TRY(const std::string stat, read_if_there(io, "io.stat"));
  std::istringstream words(stat);
  for (std::string word; words >> word;) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos) continue;
    std::uint64_t value = 0;
    std::from_chars(word.data() + equals + 1, word.data() + word.size(), value);
    const std::string key = word.substr(0, equals);
    if (key == "rbytes") usage.io_read.count += value;
    if (key == "wbytes") usage.io_written.count += value;
    if (key == "rios") usage.io_reads += value;
    if (key == "wios") usage.io_writes += value;
  }
  return ok();
}

struct ReadWrite {
  std::uint64_t reads = 0;
  std::uint64_t writes = 0;
};

/// "8:0 Read 4096" and so on for each device, then a total that is not needed.
ReadWrite sum_blkio(const std::string& text) {
  ReadWrite sum;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string device, kind;
    std::uint64_t value = 0;
    if (!(words >> device >> kind >> value)) continue;
    if (kind == "Read") sum.reads += value;
    if (kind == "Write") sum.writes += value;
  }
  return sum;
}

Result<> read_blkio(const Dir& blkio, Usage& usage) {
  BERTH_TRY(const std::string bytes,
            read_if_there(blkio, "blkio.throttle.io_service_bytes_recursive"));
  BERTH_TRY(const std::string counts, read_if_there(blkio, "blkio.throttle.io_serviced_recursive"));
  const ReadWrite transferred = sum_blkio(bytes);
  const ReadWrite requests = sum_blkio(counts);
  usage.io_read.count = transferred.reads;
  usage.io_written.count = transferred.writes;
  usage.io_reads = requests.reads;
  usage.io_writes = requests.writes;
  return ok();
}

Result<> read_pids(const Dir& pids, Usage& usage) {
  BERTH_TRY(const Number now, read_number(pids, "pids.current"));
  usage.pids = now.value_or(0);
  return ok();
}

/// What stands behind "key=" in a line; nullopt when it is no number.
template <class Value>
std::optional<Value> value_in(std::string_view line, std::string_view key) {
  const std::size_t at = line.find(std::string(key) + "=");
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view text = line.substr(at + key.size() + 1);
  Value value{};
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), value);
  return bad == std::errc() ? std::optional(value) : std::nullopt;
}

/// The line that begins with `kind`: "some avg10=0.12 avg60=0.00 avg300=0.00 total=12345".
std::optional<Stall> stall_in(const std::string& text, const std::string& kind) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(kind + " ")) continue;
    const auto avg10 = value_in<double>(line, "avg10");
    const auto total = value_in<std::uint64_t>(line, "total");
    if (avg10 && total) return Stall{*avg10, microseconds(total)};
  }
  return std::nullopt;
}

Result<std::optional<Pressure>> read_pressure(const Dir& cgroup, const std::string& file) {
  Result<std::string> text = cgroup.read(file);
  // Kernels before 5.13 show the files also where they were told not to count (psi=0).
  const bool is_off =
      text.failed_with(Errc::NotFound) || (!text && text.error().os_errno == EOPNOTSUPP);
  if (is_off) return std::optional<Pressure>();
  if (!text) return std::move(text).error();
  const std::optional<Stall> some = stall_in(*text, "some");
  if (!some) {
    return Error{Errc::Broken, 0, cgroup.path() + "/" + file + ": not pressure: \"" + *text + "\""};
  }
  return std::optional(Pressure{*some, stall_in(*text, "full")});
}

/// Pressure is counted in the unified hierarchy alone, and there whatever its controllers.
Result<> read_pressures(const Hierarchy& hierarchy, std::string_view path, Usage& usage) {
  const Hierarchy::Branch* unified = hierarchy.unified();
  if (unified == nullptr) return ok();
  BERTH_TRY(const std::string plain, relative_path(path));
  const Result<Dir> cgroup = unified->root.sub(plain);
  if (!cgroup) return cgroup.failed_with(Errc::NotFound) ? ok() : Result<>(cgroup.error());
  BERTH_TRY(usage.cpu_pressure, read_pressure(*cgroup, "cpu.pressure"));
  BERTH_TRY(usage.memory_pressure, read_pressure(*cgroup, "memory.pressure"));
  BERTH_TRY(usage.io_pressure, read_pressure(*cgroup, "io.pressure"));
  return ok();
}

struct Part {
  const char* controller;
  Result<> (*read)(const Dir& cgroup, Usage& usage);
};

constexpr Part kPartsV1[] = {{"cpuacct", read_cpuacct},
                             {"cpu", read_throttling},
                             {"memory", read_memory_v1},
                             {"pids", read_pids},
                             {"blkio", read_blkio}};
constexpr Part kPartsV2[] = {
    {"cpu", read_cpu_v2}, {"memory", read_memory_v2}, {"pids", read_pids}, {"io", read_io_v2}};

}  // namespace

Result<Usage> usage_of(const Hierarchy& hierarchy, std::string_view path) {
  Usage usage;
  const bool v2 = hierarchy.version() == Version::V2;
  for (const Part& part : v2 ? std::vector<Part>(std::begin(kPartsV2), std::end(kPartsV2))
                             : std::vector<Part>(std::begin(kPartsV1), std::end(kPartsV1))) {
    if (!hierarchy.has(part.controller)) continue;
    BERTH_TRY(const Dir cgroup, hierarchy.open_cgroup(part.controller, path));
    BERTH_CHECK(part.read(cgroup, usage));
  }
  BERTH_CHECK(read_pressures(hierarchy, path, usage));
  return usage;
}

}  // namespace berth::cgroups
