// preflight.cpp - which findings end a join.
#include "cli/preflight.hpp"

#include <algorithm>

#include "base/json.hpp"

namespace berth::cli {

namespace {

constexpr std::string_view kNeeded[] = {"configuration", "privileges", "cgroups",
                                        "containerd",    "clock",      "dns",
                                        "credentials",   "endpoint",   "other agents"};

bool keeps_from_joining(const CheckResult& check, Stage stage) {
  if (check.verdict != "error") return false;
  const bool is_about_keys =
      check.area == "credentials" || (check.area == "endpoint" && check.what == "auth");
  if (stage == Stage::WithoutKeys && is_about_keys) return false;
  return std::find(std::begin(kNeeded), std::end(kNeeded), check.area) != std::end(kNeeded);
}

std::string count_text(const std::vector<CheckResult>& checks, const std::string& verdict,
                       const std::string& word) {
  const auto count = std::count_if(checks.begin(), checks.end(), [&](const CheckResult& check) {
    return check.verdict == verdict;
  });
  if (count == 0) return "";
  return ", " + std::to_string(count) + " " + word + (count == 1 ? "" : "s");
}

}  // namespace

Result<std::vector<CheckResult>> read_checks(std::string_view json) {
  BERTH_TRY(const Json document, parse_json(json));
  JsonReader in(document, "checks");
  std::vector<CheckResult> checks;
  for (const Json* each : in.array("checks")) {
    JsonReader one(*each, "check");
    checks.push_back({one.text("area"), one.text("what"), one.text("verdict"), one.text("reason"),
                      one.text("cure")});
    if (auto bad = one.failed()) return *bad;
  }
  if (auto bad = in.failed()) return *bad;
  if (checks.empty()) return Error{Errc::Invalid, 0, "checks: there are none"};
  return checks;
}

Result<> judge_for_join(const std::vector<CheckResult>& checks, Stage stage) {
  std::string text;
  for (const CheckResult& check : checks) {
    if (!keeps_from_joining(check, stage)) continue;
    text += (text.empty() ? "" : "\n  ") + check.area + ", " + check.what + ": " + check.reason;
    if (!check.cure.empty()) text += "\n    cure: " + check.cure;
  }
  if (text.empty()) return ok();
  return Error{Errc::Unavailable, 0, text};
}

std::string summary_of(const std::vector<CheckResult>& checks) {
  const std::string rest =
      count_text(checks, "warning", "warning") + count_text(checks, "error", "error");
  const auto fine = std::count_if(checks.begin(), checks.end(),
                                  [](const CheckResult& check) { return check.verdict == "ok"; });
  return std::to_string(checks.size()) + " checks: " + std::to_string(fine) + " ok" + rest +
         (rest.empty() ? "" : " (berth doctor shows them)");
}

}  // namespace berth::cli
