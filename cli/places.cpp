// places.cpp - files below one folder.
#include "cli/places.hpp"

#include <filesystem>

#include "base/dir.hpp"

namespace berth::cli {

namespace {

constexpr const char* kUsualConfig = "/etc/ecs/ecs.config";
constexpr unsigned kOwnerOnly = 0600;

std::string name_in(const Places& places, const std::string& path) {
  return path.substr(places.folder.size() + 1);
}

bool is_blank(const std::string& text) {
  return text.find_first_not_of(" \t\r\n") == std::string::npos;
}

Result<> remove_file(const Dir& folder, const std::string& name) {
  auto removed = folder.remove(name);
  return removed.failed_with(Errc::NotFound) ? ok() : removed;
}

}  // namespace

Places places_for(const char* config_file) {
  const bool is_named = config_file != nullptr && *config_file != '\0';
  std::filesystem::path config = is_named ? config_file : kUsualConfig;
  std::error_code failed;
  const std::filesystem::path real = std::filesystem::weakly_canonical(config, failed);
  if (!failed) config = real;
  const std::string folder = config.parent_path().string();
  return {folder, config.string(), folder + "/berth-credentials", folder + "/berth-ca.pem"};
}

Result<std::string> read_settings(const Places& places) {
  auto text = read_file(places.config);
  if (text.failed_with(Errc::NotFound)) return std::string();
  return text;
}

Result<> write_private(const Places& places, const std::string& path, const std::string& text) {
  BERTH_TRY(const Dir folder, Dir::open_or_make(places.folder));
  return folder.replace(name_in(places, path), text, kOwnerOnly, true);
}

Result<> remove_joined(const Places& places) {
  const Result<Dir> folder = Dir::open(places.folder);
  if (folder.failed_with(Errc::NotFound)) return ok();
  if (!folder) return Error(folder.error());
  BERTH_TRY(const std::string text, read_settings(places));
  const std::string rest = without_joined(text);
  if (is_blank(rest)) {
    BERTH_CHECK(remove_file(*folder, name_in(places, places.config)));
  } else if (rest != text) {
    BERTH_CHECK(write_private(places, places.config, rest));
  }
  for (const std::string& path : {places.credentials, places.ca}) {
    BERTH_CHECK(remove_file(*folder, name_in(places, path)));
  }
  return ok();
}

}  // namespace berth::cli
