// pull.hpp - from an image's name to its snapshots: what is missing, in order, a few at once.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "base/async.hpp"
#include "images/oci/config.hpp"
#include "images/oci/platform.hpp"
#include "images/oci/reference.hpp"
#include "images/progress.hpp"
#include "images/registry.hpp"
#include "images/store.hpp"

namespace berth::images {

struct PullSpec {
  oci::Reference reference;
  oci::Platform platform;
  std::chrono::milliseconds resolve_timeout{std::chrono::minutes(1)};
};

/// One pull. The store's lease is begun before and ended after it, whatever came of it; registry
/// and store outlive it. Loop thread only.
class Pull {
 public:
  /// on_change: called whenever the phase or the number of unpacked layers has changed.
  Pull(PullSpec spec, Registry& registry, Store& store, std::function<void()> on_change);

  /// The digest and the chain id it ends with are in the result; `bytes` is left to the caller.
  ///
  /// fails:  as Registry and Store; NotFound (no such platform), Invalid (not an image that can be
  ///         unpacked), Broken (what came is not what was announced).
  Async<Pulled> run(Deadline by);

  const Progress& progress() const { return progress_; }

 private:
  struct Layers;

  Async<std::string> find_text(oci::Descriptor blob, std::string known, Deadline by);
  Async<oci::Manifest> find_manifest(Deadline by);
  Async<oci::Config> find_config(oci::Descriptor blob, Deadline by);
  Async<std::size_t> count_unpacked(std::vector<std::string> chain, Deadline by);
  Async<> fetch_and_unpack(oci::Manifest manifest, oci::Config config, Deadline by);
  Async<> fetch_layers(Layers& layers, Deadline by);
  Async<> unpack_layers(Layers& layers, Deadline by);
  Async<> tie(oci::Manifest manifest, std::string chain_id, Deadline by);
  void enter(std::string phase);

  PullSpec spec_;
  Registry& registry_;
  Store& store_;
  std::function<void()> on_change_;
  Progress progress_;
  std::vector<oci::Descriptor> path_;  ///< what the name stands for, down to the manifest
};

}  // namespace berth::images
