// manifest.hpp - manifests and indexes: what an image is made of; pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "images/oci/platform.hpp"

namespace berth::images::oci {

/// Media types a registry is asked for and answers with.
inline constexpr std::string_view kOciManifest = "application/vnd.oci.image.manifest.v1+json";
inline constexpr std::string_view kOciIndex = "application/vnd.oci.image.index.v1+json";
inline constexpr std::string_view kDockerManifest =
    "application/vnd.docker.distribution.manifest.v2+json";
inline constexpr std::string_view kDockerIndex =
    "application/vnd.docker.distribution.manifest.list.v2+json";

/// Points to content. source: OCI image-spec, descriptor.md.
struct Descriptor {
  std::string media_type;
  std::string digest;                ///< checked: sha256
  std::int64_t size = 0;             ///< bytes, > 0
  std::optional<Platform> platform;  ///< entries of an index only
  bool operator==(const Descriptor&) const = default;
};

/// One image for one platform. source: OCI image-spec, manifest.md; Docker's manifest v2, schema 2.
struct Manifest {
  Descriptor config;
  std::vector<Descriptor> layers;  ///< bottom first; media types as parse_document gives them
};

/// The same image for several platforms. source: OCI image-spec, image-index.md.
struct Index {
  std::vector<Descriptor> manifests;
};

using Document = std::variant<Index, Manifest>;

/// Reads what a registry or containerd's store holds under a manifest's digest. Layers' media types
/// come out as OCI's (tar, tar+gzip, tar+zstd), whatever family they were written in.
///
/// media_type: the registry's Content-Type or the descriptor's; used when the text does not say.
/// fails:  Invalid (no manifest, schema 1, both kinds at once, an artifact that is no image, empty
///         or encrypted layers).
Result<Document> parse_document(std::string_view text, std::string_view media_type);

/// The entry of the index that fits the node best.
///
/// fails:  NotFound (lists what there is).
Result<Descriptor> choose(const Index& index, const Platform& node);

/// True for the media types of an index.
bool is_index(std::string_view media_type);

}  // namespace berth::images::oci
