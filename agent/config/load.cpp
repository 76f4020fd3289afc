// load.cpp - environment over files over defaults; what is wrong is told, or refused.
#include <algorithm>
#include <array>
#include <filesystem>

#include "agent/config/registry_logins.hpp"
#include "agent/config/table.hpp"
#include "agent/config/values.hpp"
#include "base/crash_point.hpp"
#include "base/text.hpp"

namespace berth::config {

namespace {

/// Names the one file to read instead of the usual ones; only in the environment.
constexpr const char* kFileKey = "BERTH_CONFIG_FILE";
#if BERTH_CRASH_POINTS
/// Read by main; only in the environment. docs/crash-points.md.
constexpr std::array kKeysOfTheStart{kFileKey, "BERTH_CRASH_AT"};
#else
constexpr std::array kKeysOfTheStart{kFileKey};
#endif
constexpr const char* kLoginsKey = "ECS_ENGINE_AUTH_DATA";
constexpr const char* kLoginsTypeKey = "ECS_ENGINE_AUTH_TYPE";

struct Found {
  std::string value;
  std::string origin;
};
using FoundByKey = std::map<std::string, Found>;

bool begins_with(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

bool is_strict(std::string_view key) {
  return begins_with(key, "BERTH_");
}

/// An empty ECS_* value is no value: what was found before stays.
void add(FoundByKey& found, const std::string& key, std::string value, std::string origin) {
  if (value.empty() && !is_strict(key)) return;
  found[key] = {std::move(value), std::move(origin)};
}

void add_file(FoundByKey& found, Environment& variables, const SourceFile& file) {
  std::string_view rest = file.text;
  for (int number = 1; !rest.empty(); ++number) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = trimmed(rest.substr(0, end), " \t\r\v\f");
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos || line.front() == '#') continue;
    const std::string key(line.substr(0, equals));
    const std::string value(line.substr(equals + 1));
    add(found, key, value, file.path + ":" + std::to_string(number));
    if (!value.empty()) variables[key] = value;
  }
}

/// What was wrong that must not be started with.
class Complaints {
 public:
  void add(const std::string& key, const Found& found, const std::string& why) {
    text_ += (text_.empty() ? "" : "; ") + key + " (" + found.origin + "): " + why;
  }
  Result<> outcome() const {
    return text_.empty() ? ok() : Result<>(Error{Errc::Invalid, 0, text_});
  }

 private:
  std::string text_;
};

/// Read, but no settings: they are neither printed nor warned about.
bool is_used_as_credential(std::string_view key) {
  return key == kLoginsKey || key == kLoginsTypeKey || key == "ECS_ALTERNATE_CREDENTIAL_PROFILE";
}

bool is_key_of_the_start(std::string_view key) {
  return std::find(kKeysOfTheStart.begin(), kKeysOfTheStart.end(), key) != kKeysOfTheStart.end();
}

std::string known_strict_keys() {
  std::string names = joined(kKeysOfTheStart);
  for (const Setting& setting : settings()) {
    if (is_strict(setting.key)) names += ", " + std::string(setting.key);
  }
  return names;
}

void take(const Setting& setting, const Found& found, Loaded& loaded, Complaints& complaints) {
  const std::string key(setting.key);
  const Reading reading = setting.read(found.value, loaded.config);
  const bool refused = reading.verdict == Reading::Verdict::Refused;
  if (reading.verdict == Reading::Verdict::Fatal || (refused && is_strict(key))) {
    complaints.add(key, found, reading.why);
    return;
  }
  if (!refused) loaded.origins[key] = found.origin;
  if (reading.verdict == Reading::Verdict::Taken) return;
  const std::string why = refused ? reading.why + "; the default is used" : reading.why;
  loaded.notices.push_back(
      {log::Level::Warn, "setting not taken as given", key, found.origin, why});
}

void take_unknown(const std::string& key, const Found& found, Loaded& loaded,
                  Complaints& complaints) {
  const bool from_environment = found.origin == "environment";
  if (is_strict(key) && !(is_key_of_the_start(key) && from_environment)) {
    complaints.add(key, found, "unknown setting; known are " + known_strict_keys());
  } else if (is_known_to_ecs(key)) {
    loaded.notices.push_back(
        {log::Level::Warn, "setting not used by berth yet", key, found.origin, ""});
  } else if (begins_with(key, "ECS_")) {
    loaded.notices.push_back({log::Level::Warn, "setting unknown", key, found.origin, ""});
  }
}

/// Settings that need each other.
void check_together(const Config& config, const FoundByKey& found, Complaints& complaints) {
  constexpr const char* kDriver = "BERTH_ENI_DRIVER";
  const bool lacks_vlan = config.eni_driver == "vlan" && !found.contains("BERTH_ENI_VLAN");
  if (lacks_vlan) complaints.add(kDriver, found.at(kDriver), "vlan needs BERTH_ENI_VLAN");
}

/// Logins the ECS agent could not read are none at all, for it and for us.
void take_logins(const FoundByKey& found, Loaded& loaded) {
  const auto data = found.find(kLoginsKey);
  if (data == found.end()) return;
  const auto type = found.find(kLoginsTypeKey);
  Result<std::string> logins =
      registry_logins(type == found.end() ? "" : type->second.value, data->second.value);
  if (logins) {
    loaded.registry_logins = std::move(*logins);
    return;
  }
  loaded.notices.push_back({log::Level::Warn, "registry logins not used", kLoginsKey,
                            data->second.origin, logins.error().message});
}

/// Defaults that hang on other settings.
void complete(Loaded& loaded, const std::string& libexec_dir) {
  Config& config = loaded.config;
  if (config.external && config.task_eni) {
    config.task_eni = false;
    loaded.origins["ECS_ENABLE_TASK_ENI"] = "ECS_EXTERNAL";
  }
  if (config.backend_url.empty() && !config.region.empty()) {
    config.backend_url = ecs_url_of(config.region);
  }
  if (config.libexec_dir.empty()) config.libexec_dir = libexec_dir;
}

Result<SourceFile> read_source(const Dir& root, const std::string& path) {
  BERTH_TRY(std::string text, root.read(path.substr(1)));
  return SourceFile{path, std::move(text)};
}

}  // namespace

Result<Loaded> load(const Environment& environment, const std::vector<SourceFile>& files,
                    const std::string& libexec_dir) {
  Loaded loaded;
  FoundByKey found;
  for (const SourceFile& file : files) add_file(found, loaded.environment, file);
  for (const auto& [key, value] : environment) {
    add(found, key, value, "environment");
    loaded.environment[key] = value;
  }
  if (!found.contains("AWS_DEFAULT_REGION") && found.contains("AWS_REGION")) {
    Found region = found["AWS_REGION"];
    region.origin += ", AWS_REGION";
    found["AWS_DEFAULT_REGION"] = std::move(region);
  }

  Complaints complaints;
  for (const auto& [key, one] : found) {
    if (const Setting* setting = setting_of(key)) {
      take(*setting, one, loaded, complaints);
    } else if (!is_used_as_credential(key)) {
      take_unknown(key, one, loaded, complaints);
    }
  }
  check_together(loaded.config, found, complaints);
  BERTH_CHECK(complaints.outcome());
  take_logins(found, loaded);
  complete(loaded, libexec_dir);
  return loaded;
}

Result<Loaded> load_for_node(const Environment& environment, const Dir& root) {
  std::vector<SourceFile> files;
  const auto named = environment.find(kFileKey);
  if (named != environment.end()) {
    const Result<std::string> path = parse_path(named->second);
    if (!path) return Error(path.error()).while_doing(kFileKey);
    BERTH_TRY(SourceFile file, read_source(root, *path));
    files.push_back(std::move(file));
  } else {
    for (const char* path : {"/var/lib/ecs/ecs.config", "/etc/ecs/ecs.config"}) {
      Result<SourceFile> file = read_source(root, path);
      if (file.failed_with(Errc::NotFound)) continue;
      if (!file) return std::move(file).error();
      files.push_back(std::move(*file));
    }
  }
  BERTH_TRY(const std::string self, own_directory());
  return load(environment, files, self);
}

Result<std::string> own_directory() {
  std::error_code unreadable;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", unreadable);
  if (unreadable) return os_error(unreadable.value(), "read /proc/self/exe");
  return self.parent_path().string();
}

void use_region(Loaded& loaded, const std::string& region, const std::string& origin) {
  Config& config = loaded.config;
  config.region = region;
  loaded.origins["AWS_DEFAULT_REGION"] = origin;
  if (config.backend_url.empty()) config.backend_url = ecs_url_of(region);
}

Result<> require_region(const Loaded& loaded) {
  if (!loaded.config.region.empty()) return ok();
  if (loaded.region_failure) {
    return Error(*loaded.region_failure)
        .while_doing("AWS_DEFAULT_REGION is not set, and EC2 does not tell the region");
  }
  return Error{Errc::Invalid, 0,
               "AWS_DEFAULT_REGION is not set: name the region in the environment or in "
               "/etc/ecs/ecs.config (only EC2 tells its machines)"};
}

Environment environment_of(const char* const* variables) {
  Environment environment;
  for (; *variables != nullptr; ++variables) {
    const std::string variable = *variables;
    const std::size_t equals = variable.find('=');
    if (equals == std::string::npos) continue;
    environment[variable.substr(0, equals)] = variable.substr(equals + 1);
  }
  return environment;
}

void log_notices(const std::vector<Notice>& notices) {
  for (const Notice& one : notices) {
    log::write(one.level, one.sentence,
               {{"field", one.key}, {"file", one.origin}, {"error", one.error}});
  }
}

}  // namespace berth::config
