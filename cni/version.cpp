// version.cpp - lists compared.
#include "cni/version.hpp"

#include <algorithm>

#include "base/json.hpp"
#include "base/text.hpp"

namespace berth::cni {

namespace {

bool has(const std::vector<std::string>& versions, std::string_view version) {
  return std::find(versions.begin(), versions.end(), version) != versions.end();
}

bool all_know(const std::vector<Known>& plugins, std::string_view version) {
  return std::all_of(plugins.begin(), plugins.end(),
                     [version](const Known& plugin) { return has(plugin.versions, version); });
}

}  // namespace

bool is_at_least(std::string_view version, std::string_view than) {
  const auto* place = std::find(kSpoken.begin(), kSpoken.end(), version);
  return place != kSpoken.end() && place <= std::find(kSpoken.begin(), kSpoken.end(), than);
}

Result<std::string> common_version(const std::vector<std::string>& asked,
                                   const std::vector<Known>& plugins) {
  for (const std::string_view version : kSpoken) {
    if (!asked.empty() && !has(asked, version)) continue;
    if (all_know(plugins, version)) return std::string(version);
  }
  std::string why = "no common version: berth speaks ";
  why += listed({kSpoken.begin(), kSpoken.end()});
  if (!asked.empty()) why += "; the network's cniVersion is " + listed(asked);
  for (const Known& plugin : plugins) {
    why += "; plugin " + plugin.type + " knows " + listed(plugin.versions);
  }
  return Error{Errc::Invalid, 0, why};
}

Result<std::vector<std::string>> parse_versions(std::string_view answer) {
  BERTH_TRY(const Json document, parse_json(answer));
  JsonReader in(document, "answer to VERSION");
  std::vector<std::string> versions = in.texts("supportedVersions");
  if (versions.empty()) in.complain("supportedVersions", "must name one or more");
  if (const auto failed = in.failed()) return *failed;
  return versions;
}

}  // namespace berth::cni
