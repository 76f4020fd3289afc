// platform.hpp - operating system and CPU an image is made for; pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace berth::images::oci {

/// source: OCI image-spec, image-index.md, "platform"; values as Go's GOOS and GOARCH.
struct Platform {
  std::string os;            ///< "linux"; "" when an image does not say
  std::string architecture;  ///< "amd64", "arm64", "arm"; "" when an image does not say
  std::string variant;       ///< "v7"; "" where the architecture has none

  std::string text() const;  ///< "linux/arm/v7"
  bool operator==(const Platform&) const = default;
};

/// The platform this program was built for.
Platform this_platform();

/// Reads "linux/arm64" or "linux/arm/v7"; other spellings (x86_64, aarch64) become the usual ones.
///
/// fails:  Invalid.
Result<Platform> parse_platform(std::string_view text);

/// How well an image for `offered` runs on `node`: 0 is best, more is worse, nullopt is not at all.
/// An arm node runs older arm variants too; what an image leaves out counts as fitting.
std::optional<int> match(const Platform& node, const Platform& offered);

}  // namespace berth::images::oci
