// store.hpp - containerd's content, lease, snapshot and image services, as a pull uses them.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/async.hpp"
#include "base/clock.hpp"
#include "containerd_api/connection.hpp"
#include "images/oci/manifest.hpp"

namespace berth::images {

using Labels = std::map<std::string, std::string>;

/// A blob while it is written into the store. Destroyed before its commit, what came so far stays
/// for whoever begins the same blob again, as long as a lease holds it.
class Ingest {
 public:
  struct State;
  explicit Ingest(std::unique_ptr<State> state);
  Ingest(Ingest&&) noexcept;
  Ingest& operator=(Ingest&&) noexcept;
  ~Ingest();

  bool is_present() const;      ///< the store has the whole blob already; nothing to write
  std::int64_t offset() const;  ///< bytes that are there: the next piece begins here

  Async<> write(std::string piece);

  /// Ends the blob; again: a blob that somebody else committed meanwhile is a success.
  /// fails:  Broken (size or digest is not what was announced; what was written is thrown away).
  Async<> commit(Labels labels);

 private:
  std::unique_ptr<State> state_;
};

/// What a layer is unpacked onto.
struct Unpacking {
  std::string parent;    ///< chain id below; "" for the lowest layer
  std::string chain_id;  ///< name of the committed snapshot
  std::string diff_id;   ///< what the unpacked layer must turn out to be
  oci::Descriptor layer;
};

/// The store of one containerd namespace, under one lease: whatever is made or found here stays
/// until the lease is released or expires. Lives as long as a pull; loop thread only.
///
/// All calls fail: Unavailable (containerd away), TimedOut, Cancelled, Exhausted (disk full).
class Store {
 public:
  Store(containerd_api::Connection& connection, std::string snapshotter);

  /// Takes the lease; the first call of all. Past `expires` containerd drops it by itself.
  ///
  /// lease:  its name, new in this namespace.
  Async<> begin(std::string lease, WallTime expires, Deadline by);
  /// Gives the lease back; the last call. collect: also wait until what it alone held is removed.
  Async<> end(bool collect, Deadline by);

  /// A blob of at most `limit` bytes. fails: NotFound, Broken (longer).
  Async<std::string> read(std::string digest, std::size_t limit, Deadline by);
  /// Begins a blob, or goes on where an earlier attempt stopped. Waits while another pull writes
  /// it.
  Async<Ingest> write(oci::Descriptor blob, Deadline by);
  /// Adds labels to a blob.
  Async<> label(std::string digest, Labels labels, Deadline by);

  /// Whether the committed snapshot is there; if so the lease holds it.
  Async<bool> has_snapshot(std::string chain_id, Deadline by);
  /// Unpacks one layer and commits it. again: already committed is a success.
  /// fails:  Broken (the layer is not what the image's configuration says, or no archive).
  Async<> unpack(Unpacking what, Deadline by);
  const std::string& snapshotter() const { return snapshotter_; }

  /// Makes the name stand for the target, whatever it stood for before.
  Async<> set_image(std::string name, oci::Descriptor target, Deadline by);

 private:
  Async<Ingest> write_once(oci::Descriptor blob, Deadline by);
  Async<> hold(std::string type, std::string id, Deadline by);
  Async<> fill(std::string key, Unpacking what, Deadline by);

  containerd_api::Connection& connection_;
  std::string snapshotter_;
  std::string lease_;
};

}  // namespace berth::images
