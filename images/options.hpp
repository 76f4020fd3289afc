// options.hpp - berth-pull's command line.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace berth::images {

struct Options {
  std::string address = "/run/containerd/containerd.sock";  ///< --address
  std::string namespace_name = "berth";                     ///< --namespace
  std::string snapshotter = "overlayfs";                    ///< --snapshotter
  std::string hosts_dir = "/etc/containerd/certs.d";        ///< --hosts-dir; "" reads none
  std::string lease;                                        ///< --lease; "" makes up a name
  std::string platform;                                     ///< --platform; "" is this machine's
  std::string auth_file;                                    ///< --auth-file; "" is anonymous
  std::chrono::seconds timeout{7200};           ///< --timeout. source: ECS_IMAGE_PULL_TIMEOUT
  std::chrono::seconds inactivity_timeout{60};  ///< --inactivity-timeout, also ECS's
  /// --resolve-timeout; no longer than `timeout`. source: ECS_MANIFEST_PULL_TIMEOUT
  std::chrono::seconds resolve_timeout{60};
  std::string image;
  bool help = false;
  bool version = false;
};

/// arguments: without the program's name.
/// fails:  Invalid (names the option and the rule).
Result<Options> parse_options(const std::vector<std::string>& arguments);

std::string usage();

}  // namespace berth::images
