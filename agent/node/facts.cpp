// facts.cpp - /proc and /etc as NodeFacts.
#include "agent/node/facts.hpp"

#include <sys/utsname.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.hpp"

namespace berth::node {

namespace {

constexpr int kCapSysResource = 24;  // linux/capability.h

/// Cuts the first line off `rest`.
std::string_view take_line(std::string_view& rest) {
  const std::size_t end = std::min(rest.find('\n'), rest.size());
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return line;
}

/// What stands behind "key:" in such lines.
std::string_view value_of(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (line.size() > key.size() && line.substr(0, key.size()) == key && line[key.size()] == ':') {
      return trimmed(line.substr(key.size() + 1));
    }
  }
  return {};
}

template <class Number>
std::optional<Number> number(std::string_view text, int base = 10) {
  Number value = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (bad != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Error strange(const Dir& root, const char* file, const char* what) {
  return Error{Errc::Broken, 0, root.path() + "/" + file + ": no " + what + " in it"};
}

Result<Mebibytes> read_memory(const Dir& root) {
  BERTH_TRY(const std::string text, root.read("proc/meminfo"));
  const std::string_view total = value_of(text, "MemTotal");
  const auto kib = number<std::uint64_t>(total.substr(0, total.find(' ')));
  if (!kib) return strange(root, "proc/meminfo", "MemTotal");
  return Mebibytes{*kib / 1024};
}

/// CPUs and capabilities of this process.
Result<> read_status(const Dir& root, model::NodeFacts& facts) {
  BERTH_TRY(const std::string text, root.read("proc/self/status"));
  const auto cpus = count_cpus(value_of(text, "Cpus_allowed_list"));
  const auto capabilities = number<std::uint64_t>(value_of(text, "CapEff"), 16);
  if (!cpus) return strange(root, "proc/self/status", "Cpus_allowed_list");
  if (!capabilities) return strange(root, "proc/self/status", "CapEff");
  facts.cpus = *cpus;
  facts.may_raise_limits = (*capabilities >> kCapSysResource & 1) != 0;
  return ok();
}

Result<> read_ceilings(const Dir& root, model::NodeFacts& facts) {
  BERTH_TRY(const std::string limits, root.read("proc/self/limits"));
  facts.rlimit_ceilings = parse_hard_limits(limits);
  BERTH_TRY(const std::string score, root.read("proc/self/oom_score_adj"));
  const auto adj = number<int>(trimmed(score));
  if (!adj) return strange(root, "proc/self/oom_score_adj", "number");
  facts.oom_score_adj = *adj;
  return ok();
}

Result<std::string> read_line(const Dir& root, const char* file) {
  BERTH_TRY(const std::string text, root.read(file));
  return std::string(trimmed(text));
}

/// Many small systems have no os-release; they are not refused for that.
void read_os(const Dir& root, model::NodeFacts& facts) {
  for (const char* file : {"etc/os-release", "usr/lib/os-release"}) {
    const Result<std::string> text = root.read(file);
    if (!text) continue;
    std::map<std::string, std::string> fields = parse_os_release(*text);
    facts.os_id = fields["ID"];
    facts.os_version_id = fields["VERSION_ID"];
    facts.os_pretty_name = fields["PRETTY_NAME"];
    return;
  }
}

/// The value of a shell assignment: quotes taken off, backslashes within resolved.
std::string unquoted(std::string_view text) {
  const char quote = text.empty() ? '\0' : text.front();
  const bool quoted = text.size() >= 2 && (quote == '"' || quote == '\'') && text.back() == quote;
  if (quoted) text = text.substr(1, text.size() - 2);
  if (quoted && quote == '\'') return std::string(text);
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    plain += text[i];
  }
  return plain;
}

struct LimitName {
  std::string_view shown;
  const char* oci;
};
constexpr std::array kLimitNames{LimitName{"Max cpu time", "RLIMIT_CPU"},
                                 LimitName{"Max file size", "RLIMIT_FSIZE"},
                                 LimitName{"Max data size", "RLIMIT_DATA"},
                                 LimitName{"Max stack size", "RLIMIT_STACK"},
                                 LimitName{"Max core file size", "RLIMIT_CORE"},
                                 LimitName{"Max resident set", "RLIMIT_RSS"},
                                 LimitName{"Max processes", "RLIMIT_NPROC"},
                                 LimitName{"Max open files", "RLIMIT_NOFILE"},
                                 LimitName{"Max locked memory", "RLIMIT_MEMLOCK"},
                                 LimitName{"Max address space", "RLIMIT_AS"},
                                 LimitName{"Max file locks", "RLIMIT_LOCKS"},
                                 LimitName{"Max pending signals", "RLIMIT_SIGPENDING"},
                                 LimitName{"Max msgqueue size", "RLIMIT_MSGQUEUE"},
                                 LimitName{"Max nice priority", "RLIMIT_NICE"},
                                 LimitName{"Max realtime priority", "RLIMIT_RTPRIO"},
                                 LimitName{"Max realtime timeout", "RLIMIT_RTTIME"}};

/// The second of the words: soft limit, hard limit, perhaps a unit.
std::string_view hard_column(std::string_view words) {
  words = trimmed(words);
  words.remove_prefix(std::min(words.find_first_of(kBlanks), words.size()));
  words = trimmed(words);
  return words.substr(0, words.find_first_of(kBlanks));
}

}  // namespace

std::optional<unsigned> count_cpus(std::string_view list) {
  unsigned count = 0;
  for (std::size_t from = 0; from <= list.size();) {
    const std::size_t to = std::min(list.find(',', from), list.size());
    const std::string_view range = list.substr(from, to - from);
    const std::size_t dash = range.find('-');
    const auto first = number<unsigned>(range.substr(0, dash));
    const auto last =
        dash == std::string_view::npos ? first : number<unsigned>(range.substr(dash + 1));
    if (!first || !last || *last < *first) return std::nullopt;
    count += *last - *first + 1;
    from = to + 1;
  }
  return count;
}

std::map<std::string, std::string> parse_os_release(std::string_view text) {
  std::map<std::string, std::string> fields;
  while (!text.empty()) {
    const std::string_view line = trimmed(take_line(text));
    const std::size_t equals = line.find('=');
    if (line.empty() || line.front() == '#' || equals == std::string_view::npos) continue;
    fields[std::string(line.substr(0, equals))] = unquoted(line.substr(equals + 1));
  }
  return fields;
}

std::map<std::string, std::optional<std::uint64_t>> parse_hard_limits(std::string_view text) {
  std::map<std::string, std::optional<std::uint64_t>> limits;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    for (const LimitName& name : kLimitNames) {
      if (line.substr(0, name.shown.size()) != name.shown) continue;
      const std::string_view hard = hard_column(line.substr(name.shown.size()));
      const auto value = number<std::uint64_t>(hard);
      if (value || hard == "unlimited") limits[name.oci] = value;
    }
  }
  return limits;
}

std::string ecs_architecture(std::string_view machine) {
  if (machine == "aarch64") return "arm64";
  return std::string(machine);
}

std::string kernel_machine() {
  utsname names{};
  return ::uname(&names) == 0 ? names.machine : "";
}

Result<model::NodeFacts> gather_facts(const Dir& root, model::CgroupFacts cgroups,
                                      std::string_view machine) {
  model::NodeFacts facts;
  facts.cgroups = std::move(cgroups);
  facts.architecture = ecs_architecture(machine);
  BERTH_TRY(facts.memory, read_memory(root));
  BERTH_CHECK(read_status(root, facts));
  BERTH_CHECK(read_ceilings(root, facts));
  BERTH_TRY(facts.hostname, read_line(root, "proc/sys/kernel/hostname"));
  BERTH_TRY(facts.kernel_release, read_line(root, "proc/sys/kernel/osrelease"));
  BERTH_TRY(facts.boot_id, read_line(root, "proc/sys/kernel/random/boot_id"));
  read_os(root, facts);
  return facts;
}

}  // namespace berth::node
