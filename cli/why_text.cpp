// why_text.cpp - a headline, the reason, the lines.
#include "cli/why_text.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "cli/task_table.hpp"

namespace berth::cli {

namespace {

using std::chrono::milliseconds;

constexpr double kMillisecondsPerSecond = 1000;
constexpr double kBytesPerMebibyte = 1 << 20;

std::string id_of(const std::string& arn) {
  return arn.substr(arn.rfind('/') + 1);
}

std::string headline(const model::Why& why, WallTime now) {
  std::string text = "task " + id_of(why.task_arn) + " is " + why.status;
  if (why.status == "GONE") text += ": it was cleaned up";
  if (why.since) {
    text += (why.status == "GONE" ? " at " : " since ") + iso8601(*why.since) + " (" +
            age_text(now - *why.since) + " ago)";
  }
  return text + "\n";
}

std::string waiting_text(const model::Waiting& waiting, WallTime now) {
  std::string text = "waits for " + waiting.what + "\n";
  if (waiting.since) {
    text +=
        "  since " + iso8601(*waiting.since) + " (" + age_text(now - *waiting.since) + " ago)\n";
  }
  if (!waiting.until) return text + "  for as long as it takes\n";
  text += "  until " + iso8601(*waiting.until);
  text += *waiting.until < now ? " (" + age_text(now - *waiting.until) + " ago)"
                               : " (in " + age_text(*waiting.until - now) + ")";
  return text + (waiting.then.empty() ? "\n" : ", then " + waiting.then + "\n");
}

std::string verdicts_text(const std::vector<model::Verdict>& verdicts) {
  std::string text;
  for (const model::Verdict& verdict : verdicts) {
    text += verdict.container.empty() ? "because " : "  " + verdict.container + ": ";
    text += verdict.text + "\n";
  }
  return text;
}

std::string way_text(std::uint64_t bytes, std::uint64_t packets, std::uint64_t dropped,
                     std::uint64_t errors) {
  std::string text = std::to_string(bytes) + " bytes in " + std::to_string(packets) + " packets";
  if (dropped > 0) text += ", " + std::to_string(dropped) + " dropped";
  if (errors > 0) text += ", " + std::to_string(errors) + " errors";
  return text;
}

std::string network_text(const model::NetworkUse& use) {
  return "network: received " +
         way_text(use.rx_bytes, use.rx_packets, use.rx_dropped, use.rx_errors) + "; sent " +
         way_text(use.tx_bytes, use.tx_packets, use.tx_dropped, use.tx_errors) + "\n";
}

std::string formatted(const char* format, double number) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), format, number);
  return text.data();
}

std::string mebibytes(std::uint64_t bytes) {
  return formatted("%.1f MiB", static_cast<double>(bytes) / kBytesPerMebibyte);
}

std::string stall_text(const char* what, const std::optional<model::Stall>& stall) {
  if (!stall) return "";
  std::string text = std::string(what) + formatted(" %.1f %%", stall->some);
  if (stall->full && *stall->full > 0) text += formatted(" (all at once %.1f %%)", *stall->full);
  return text;
}

std::string resources_text(const model::ResourceUse& use) {
  std::string text = "cpu: " + duration_text(use.cpu);
  if (use.throttled_periods > 0) {
    text += ", held back by its limit in " + std::to_string(use.throttled_periods) + " of " +
            std::to_string(use.periods) + " periods, " + duration_text(use.throttled) + " in all";
  }
  text += "\nmemory: " + mebibytes(use.memory_bytes);
  if (use.memory_limit_bytes) text += " of " + mebibytes(*use.memory_limit_bytes);
  text += ", " + mebibytes(use.cache_bytes) +
          " of it cache that can go; processes and threads: " + std::to_string(use.processes) +
          "\ndisks: read " + mebibytes(use.read_bytes) + ", written " +
          mebibytes(use.written_bytes) + "\n";
  std::string stalls;
  for (const std::string& one :
       {stall_text("cpu", use.cpu_stall), stall_text("memory", use.memory_stall),
        stall_text("disks", use.io_stall)}) {
    if (!one.empty()) stalls += (stalls.empty() ? "" : ", ") + one;
  }
  if (!stalls.empty()) text += "stalled, of the last 10 s: waiting for " + stalls + "\n";
  return text;
}

std::string offset_text(milliseconds offset) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%+.3fs",
                static_cast<double>(offset.count()) / kMillisecondsPerSecond);
  return text.data();
}

std::string timeline_text(const model::Timeline& timeline) {
  const auto& entries = timeline.entries;
  if (entries.empty()) return "nothing of its life is kept\n";
  const WallTime first = entries.front().at;
  std::size_t offset_width = 0;
  std::size_t name_width = 0;
  for (const model::Entry& entry : entries) {
    offset_width = std::max(offset_width, offset_text(entry.at - first).size());
    name_width = std::max(name_width, entry.container.size());
  }
  std::string text = "from " + iso8601(first) + "\n";
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (timeline.left_out > 0 && i == timeline.gap_at) {
      text += "... " + std::to_string(timeline.left_out) + " lines are not kept ...\n";
    }
    const model::Entry& entry = entries[i];
    const std::string offset = offset_text(entry.at - first);
    text += std::string(offset_width - offset.size(), ' ') + offset + "  ";
    if (name_width > 0) {
      text += entry.container + std::string(name_width - entry.container.size(), ' ') + "  ";
    }
    text += entry.text;
    if (entry.took) text += " (" + duration_text(*entry.took) + ")";
    text += "\n";
  }
  return text;
}

}  // namespace

std::string duration_text(milliseconds duration) {
  const auto count = static_cast<long long>(duration.count());
  if (count < 1000) return std::to_string(count) + " ms";
  std::array<char, 32> text{};
  if (count < 60'000) {
    std::snprintf(text.data(), text.size(), "%.1f s",
                  static_cast<double>(count) / kMillisecondsPerSecond);
  } else {
    std::snprintf(text.data(), text.size(), "%lld min %02lld s", count / 60'000, count / 1000 % 60);
  }
  return text.data();
}

std::string why_text(const model::Why& why, const model::Timeline& timeline, WallTime now) {
  std::string text = headline(why, now);
  if (why.waiting) text += waiting_text(*why.waiting, now);
  if (!why.waiting && why.status == "RUNNING") text += "waits for nothing\n";
  text += verdicts_text(why.verdicts);
  if (why.resources) text += resources_text(*why.resources);
  if (why.network) text += network_text(*why.network);
  return text + "\n" + timeline_text(timeline);
}

}  // namespace berth::cli
