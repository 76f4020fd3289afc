// download.hpp - one blob from the registry into containerd's store, going on where it broke off.
#pragma once

#include <cstdint>
#include <functional>

#include "base/async.hpp"
#include "images/registry.hpp"
#include "images/store.hpp"

namespace berth::images {

/// Called with the number of bytes that are there more than before; negative when what an earlier
/// attempt had left turned out wrong.
using OnBytes = std::function<void(std::int64_t)>;

/// Brings the blob into the store, unless it is there. A connection that breaks is taken up again
/// where it broke, as often as each attempt brings at least something, and a few times when not.
/// Holds one piece (1 MiB) in memory. Registry and store outlive it.
///
/// fails:  as Registry and Store; Broken (longer than announced, or the digest does not match).
Async<> download(Registry& registry, Store& store, oci::Descriptor blob, Labels labels,
                 OnBytes on_bytes, Deadline by);

}  // namespace berth::images
