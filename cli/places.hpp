// places.hpp - where join writes: the settings, and beside them what a token brought.
#pragma once

#include <string>

#include "base/result.hpp"
#include "cli/ecs_config.hpp"

namespace berth::cli {

struct Places {
  std::string folder;       ///< "/etc/ecs"
  std::string config;       ///< "/etc/ecs/ecs.config"
  std::string credentials;  ///< "/etc/ecs/berth-credentials": the keys of a token
  std::string ca;           ///< "/etc/ecs/berth-ca.pem": the certificate of its lab
};

/// config_file:  $BERTH_CONFIG_FILE; nullptr or "" is /etc/ecs/ecs.config. Links are followed.
Places places_for(const char* config_file);

/// The settings as they are; "" when there is no file. fails: Denied, Exhausted.
Result<std::string> read_settings(const Places& places);

/// Each as a whole, synced, for its owner alone. Makes the folder. fails: Denied, Exhausted.
Result<> write_private(const Places& places, const std::string& path, const std::string& text);

/// Takes out what join wrote: its lines, the file when nothing else is in it, what a token brought.
/// again: yes.
Result<> remove_joined(const Places& places);

}  // namespace berth::cli
