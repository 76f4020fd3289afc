// credentials.hpp - where the node's keys come from, and when they are read again.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "aws/keys.hpp"
#include "base/result.hpp"

namespace berth::aws {

/// Where keys are looked for, in this order: the environment, one profile of one shared file.
/// The ECS agent's "rotating" file and its shared file are the same file here, because every file
/// is read again when it changes. source: ecs-api, instance credential chain.
struct KeyPlaces {
  Keys environment;  ///< used when both of its keys are set
  std::string file;  ///< "/root/.aws/credentials"
  std::string profile = "default";
};

/// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN; AWS_SHARED_CREDENTIALS_FILE, else
/// .aws/credentials below HOME, else below /root; AWS_PROFILE, else
/// ECS_ALTERNATE_CREDENTIAL_PROFILE, else "default".
KeyPlaces key_places(const std::map<std::string, std::string>& environment);

/// Shows each "name = value" of one profile in a shared credentials file, in the file's order.
void each_in_profile(
    std::string_view text, std::string_view profile,
    const std::function<void(std::string_view name, std::string_view value)>& visit);

/// The keys of one profile in a shared credentials file; nullopt when it has not both.
std::optional<Keys> parse_shared_credentials(std::string_view text, std::string_view profile);

/// The node's keys, as they are now. One instance for the program; loop thread.
class Credentials {
 public:
  explicit Credentials(KeyPlaces places) : places_(std::move(places)) {}

  /// Looks whether the file has changed (one stat) and reads it if so. A file that cannot be read
  /// or holds no keys for a moment, as while it is rewritten, leaves the last good ones in force.
  ///
  /// fails:  Denied (no keys anywhere; names the places).
  Result<Keys> current();

 private:
  /// What tells one state of a file from another.
  struct Version {
    std::int64_t inode = 0;
    std::int64_t size = 0;
    std::int64_t changed_ns = 0;
    bool operator==(const Version&) const = default;
  };
  std::optional<Version> file_version() const;

  KeyPlaces places_;
  std::optional<Version> read_version_;
  std::optional<Keys> from_file_;
};

}  // namespace berth::aws
