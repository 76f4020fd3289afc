// settings.cpp - errors and notices of loading, as findings.
#include "agent/doctor/settings.hpp"

namespace berth::doctor {

namespace {

constexpr const char* kConfiguration = "configuration";

Finding finding_of(const config::Notice& notice) {
  const std::string reason = notice.sentence + " (" + notice.origin + ")" +
                             (notice.error.empty() ? "" : ": " + notice.error);
  return warned(kConfiguration, notice.key, reason,
                "correct it or take it out; docs/configuration.md has every setting");
}

}  // namespace

Findings judge_settings(const Result<config::Loaded>& loaded) {
  if (!loaded) {
    return {failed(kConfiguration, "settings", loaded.error().message,
                   "correct it: berthd does not start with it. The other checks were made with the "
                   "defaults")};
  }
  Findings findings;
  if (const Result<> region = config::require_region(*loaded); !region) {
    findings.push_back(failed(kConfiguration, "region", region.error().message,
                              "set AWS_DEFAULT_REGION in /etc/ecs/ecs.config"));
  }
  for (const config::Notice& one : loaded->notices) findings.push_back(finding_of(one));
  if (findings.empty()) {
    findings.push_back(
        fine(kConfiguration, "settings",
             "cluster " + loaded->config.cluster + ", " + loaded->config.backend_url));
  }
  return findings;
}

}  // namespace berth::doctor
