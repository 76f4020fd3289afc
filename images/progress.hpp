// progress.hpp - what a pull says while it runs: docs/formats/pull-progress.md.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"

namespace berth::images {

struct Progress {
  std::string phase = "resolving";  ///< "resolving", "downloading", "unpacking", "done"
  std::uint64_t done_bytes = 0;     ///< of compressed layers that are here, whoever fetched them
  std::uint64_t total_bytes = 0;    ///< of all compressed layers
  int layers_done = 0;              ///< unpacked
  int layers_total = 0;
};

/// What came of a pull.
struct Pulled {
  std::string name;         ///< normalised: the key in containerd's image store
  std::string digest;       ///< of the manifest or index the name stands for
  std::string chain_id;     ///< top snapshot
  std::uint64_t bytes = 0;  ///< received from registries, manifests included
};

/// One line of JSON each, without the newline.
std::string line_of(const Progress& progress);
std::string line_of(const Pulled& pulled);
std::string line_of(const Error& error);

}  // namespace berth::images
