// reference.hpp - image names, tags and digests; pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace berth::images::oci {

/// An image name as Docker reads it, with what was left out filled in.
struct Reference {
  std::string domain;  ///< "docker.io", "127.0.0.1:5000"
  std::string path;    ///< "library/busybox"
  std::string tag;     ///< "latest" when neither tag nor digest was given; "" with a digest alone
  std::string digest;  ///< "sha256:..." or ""

  /// The whole name, the key of containerd's image store: "docker.io/library/busybox:latest".
  std::string text() const;
  /// What a registry is asked for: the digest if there is one, else the tag.
  const std::string& selector() const { return digest.empty() ? tag : digest; }

  bool operator==(const Reference&) const = default;
};

/// Reads an image name as a task writes it: "busybox", "web:1", "host:5000/a/b@sha256:...".
///
/// fails:  Invalid (names the value and the rule it breaks).
/// source: Docker's reference grammar, github.com/distribution/reference, reference.go.
Result<Reference> parse_reference(std::string_view text);

}  // namespace berth::images::oci
