// show.cpp - columns and members.
#include "agent/doctor/show.hpp"

#include <algorithm>

#include "base/json.hpp"

namespace berth::doctor {

namespace {

constexpr const char* kGap = "  ";

const char* shout(Verdict verdict) {
  switch (verdict) {
    case Verdict::Ok: return "OK";
    case Verdict::Warning: return "WARN";
    case Verdict::Error: return "FAIL";
    case Verdict::Unknown: return "?";
  }
  return "?";
}

const char* word(Verdict verdict) {
  switch (verdict) {
    case Verdict::Ok: return "ok";
    case Verdict::Warning: return "warning";
    case Verdict::Error: return "error";
    case Verdict::Unknown: return "unknown";
  }
  return "unknown";
}

std::string cell(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text + kGap;
}

std::string counted(int number, const char* one) {
  return std::to_string(number) + " " + one + (number == 1 ? "" : "s");
}

std::string summary(const Counts& counts) {
  std::string line = counted(counts.all(), "check") + ": " + std::to_string(counts.ok) + " ok, " +
                     counted(counts.warnings, "warning") + ", " + counted(counts.errors, "error");
  if (counts.unknown > 0) line += ", " + std::to_string(counts.unknown) + " unknown";
  return line + "\n";
}

}  // namespace

Counts count(const Findings& findings) {
  Counts counts;
  for (const Finding& one : findings) {
    switch (one.verdict) {
      case Verdict::Ok: ++counts.ok; break;
      case Verdict::Warning: ++counts.warnings; break;
      case Verdict::Error: ++counts.errors; break;
      case Verdict::Unknown: ++counts.unknown; break;
    }
  }
  return counts;
}

std::string table_of(const Findings& findings) {
  constexpr std::size_t kVerdictWidth = 4;
  std::size_t area = 0;
  std::size_t what = 0;
  for (const Finding& one : findings) {
    area = std::max(area, one.area.size());
    what = std::max(what, one.what.size());
  }
  const std::string indent(kVerdictWidth + 2, ' ');
  std::string text;
  for (const Finding& one : findings) {
    text += cell(shout(one.verdict), kVerdictWidth) + cell(one.area, area) + cell(one.what, what) +
            one.reason + "\n";
    if (!one.cure.empty()) text += indent + "cure: " + one.cure + "\n";
  }
  return text + summary(count(findings));
}

std::string json_of(const Findings& findings) {
  Json list = Json::array();
  for (const Finding& one : findings) {
    list.push_back({{"area", one.area},
                    {"what", one.what},
                    {"verdict", word(one.verdict)},
                    {"reason", one.reason},
                    {"cure", one.cure}});
  }
  const Counts counts = count(findings);
  const Json counted{{"ok", counts.ok},
                     {"warnings", counts.warnings},
                     {"errors", counts.errors},
                     {"unknown", counts.unknown}};
  return dump_json({{"checks", std::move(list)}, {"counts", counted}}) + "\n";
}

}  // namespace berth::doctor
