// config.hpp - an image's configuration: its layers' contents and how it is run; pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "images/oci/platform.hpp"

namespace berth::images::oci {

/// source: OCI image-spec, config.md. Docker writes the same members.
struct Config {
  Platform platform;
  std::vector<std::string> diff_ids;  ///< digests of the unpacked layers, bottom first
  std::vector<std::string> entrypoint;
  std::vector<std::string> cmd;
  std::vector<std::string> env;
  std::string user;
  std::string working_dir;
  std::string stop_signal;
  std::vector<std::string> volumes;
  std::vector<std::string> shell;
  bool operator==(const Config&) const = default;
};

/// fails:  Invalid (names the member).
Result<Config> parse_config(std::string_view text);

/// Keys of the committed snapshots, bottom first: the first diff id, then each the digest of
/// "<chain id below> <diff id>".
///
/// source: OCI image-spec, config.md, "Layer ChainID".
std::vector<std::string> chain_ids(const std::vector<std::string>& diff_ids);

}  // namespace berth::images::oci
