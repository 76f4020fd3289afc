// manifest.cpp - reading manifests and indexes, choosing by platform.
#include "images/oci/manifest.hpp"

#include <array>

#include "base/json.hpp"
#include "images/oci/digest.hpp"

namespace berth::images::oci {

namespace {

constexpr std::size_t kMaxManifestBytes = 4 << 20;  // what registries accept, too
constexpr std::size_t kMaxLayers = 512;
constexpr std::int64_t kMaxBlobBytes = std::int64_t{1} << 42;

Error broken_rule(std::string message) {
  return {Errc::Invalid, 0, std::move(message)};
}

/// What a layer is called in any family → what containerd's diff service is told.
Result<std::string> layer_type(const std::string& written) {
  static constexpr std::string_view kTar = "application/vnd.oci.image.layer.v1.tar";
  // Docker's writers use it for compressed layers too; containerd then looks at the bytes.
  static constexpr std::string_view kDockerTar = "application/vnd.docker.image.rootfs.diff.tar";
  static constexpr std::array<std::string_view, 4> kFamilies = {
      kTar, "application/vnd.oci.image.layer.nondistributable.v1.tar", kDockerTar,
      "application/vnd.docker.image.rootfs.foreign.diff.tar"};
  for (std::string_view family : kFamilies) {
    if (!std::string_view(written).starts_with(family)) continue;
    const std::string_view packing = std::string_view(written).substr(family.size());
    if (packing.empty())
      return std::string(family.find("docker") == family.npos ? kTar : kDockerTar);
    if (packing == "+gzip" || packing == ".gzip") return std::string(kTar) + "+gzip";
    if (packing == "+zstd" || packing == ".zstd") return std::string(kTar) + "+zstd";
    if (packing.find("encrypted") != packing.npos) {
      return broken_rule("media type " + written + ": encrypted layers cannot be unpacked");
    }
  }
  return broken_rule("media type \"" + written + "\" is no image layer this node can unpack");
}

Result<Descriptor> read_descriptor(const Json& value, const std::string& where) {
  JsonReader in(value, where);
  Descriptor out;
  out.media_type = in.text("mediaType");
  out.digest = in.text("digest");
  out.size = in.integer("size");
  if (const Json* platform = in.object("platform")) {
    JsonReader from(*platform, where + ".platform");
    out.platform = Platform{from.text("os"), from.text("architecture"), from.text("variant")};
    if (auto bad = from.failed()) return *bad;
  }
  if (auto bad = in.failed()) return *bad;
  if (auto checked = check_digest(out.digest); !checked) {
    return std::move(checked).error().while_doing(where + ".digest");
  }
  if (out.size <= 0 || out.size > kMaxBlobBytes) {
    return broken_rule(where + ".size: " + std::to_string(out.size) +
                       " must be more than 0 and at most 4 TiB");
  }
  return out;
}

Result<Document> read_index(JsonReader& in) {
  Index index;
  for (const Json* entry : in.array("manifests")) {
    const std::string where = "manifests[" + std::to_string(index.manifests.size()) + "]";
    BERTH_TRY(Descriptor read, read_descriptor(*entry, where));
    index.manifests.push_back(std::move(read));
  }
  if (auto bad = in.failed()) return *bad;
  return Document(std::move(index));
}

Result<Document> read_manifest(JsonReader& in) {
  const Json* config = in.object("config");
  if (config == nullptr) return broken_rule("image manifest: no config");
  Manifest manifest;
  BERTH_TRY(manifest.config, read_descriptor(*config, "config"));
  for (const Json* layer : in.array("layers")) {
    const std::string where = "layers[" + std::to_string(manifest.layers.size()) + "]";
    BERTH_TRY(Descriptor read, read_descriptor(*layer, where));
    auto type = layer_type(read.media_type);
    if (!type) return std::move(type).error().while_doing(where);
    read.media_type = *type;
    manifest.layers.push_back(std::move(read));
  }
  if (auto bad = in.failed()) return *bad;
  if (manifest.layers.empty()) return broken_rule("image manifest: no layers");
  if (manifest.layers.size() > kMaxLayers) {
    return broken_rule("image manifest: " + std::to_string(manifest.layers.size()) +
                       " layers; at most 512 are unpacked");
  }
  return Document(std::move(manifest));
}

}  // namespace

bool is_index(std::string_view media_type) {
  return media_type == kOciIndex || media_type == kDockerIndex;
}

Result<Document> parse_document(std::string_view text, std::string_view media_type) {
  auto parsed = parse_json(text, kMaxManifestBytes);
  if (!parsed) return std::move(parsed).error().while_doing("image manifest");
  JsonReader in(*parsed, "");
  const std::string said = in.text("mediaType");
  const std::int64_t schema = in.integer("schemaVersion");
  if (auto bad = in.failed()) return std::move(*bad).while_doing("image manifest");
  const std::string type = said.empty() ? std::string(media_type) : said;
  if (schema == 1 || type.starts_with("application/vnd.docker.distribution.manifest.v1")) {
    return broken_rule("image manifest of schema 1: outdated, push the image again");
  }
  const bool has_entries = in.any("manifests") != nullptr;
  const bool has_layers = in.any("layers") != nullptr || in.any("config") != nullptr;
  // A text that is both could mean one thing to us and another to whoever checked it.
  // source: CVE-2021-41190.
  if (has_entries && has_layers) {
    return broken_rule("image manifest: holds both manifests and layers");
  }
  if (is_index(type) || (has_entries && type.empty())) return read_index(in);
  if (type == kOciManifest || type == kDockerManifest || (has_layers && type.empty())) {
    return read_manifest(in);
  }
  return broken_rule("image manifest: media type \"" + type + "\" is neither manifest nor index");
}

Result<Descriptor> choose(const Index& index, const Platform& node) {
  const Descriptor* best = nullptr;
  int best_match = 0;
  std::string offered;
  for (const Descriptor& entry : index.manifests) {
    const Platform platform = entry.platform.value_or(Platform{});
    // "unknown/unknown" are attestations about the images, no images.
    if (platform.os != "unknown") {
      offered += (offered.empty() ? "" : ", ") +
                 (entry.platform ? platform.text() : std::string("one that names no platform"));
    }
    const auto fits = match(node, platform);
    if (fits && (best == nullptr || *fits < best_match)) {
      best = &entry;
      best_match = *fits;
    }
  }
  if (best == nullptr) {
    return Error{Errc::NotFound, 0,
                 "no image for " + node.text() + "; there is " +
                     (offered.empty() ? "none at all" : offered)};
  }
  return *best;
}

}  // namespace berth::images::oci
