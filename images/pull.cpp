// pull.cpp - resolve, download, unpack, tie together.
#include "images/pull.hpp"

#include <utility>

#include "base/nursery.hpp"
#include "images/download.hpp"
#include "images/oci/digest.hpp"

namespace berth::images {

namespace {

constexpr std::size_t kMaxKeptManifestBytes = 4 << 20;
constexpr std::int64_t kMaxConfigBytes = 8 << 20;
constexpr std::size_t kMaxIndexDepth = 4;
// More at once finish together, so that unpacking, which goes in order, begins late.
constexpr int kDownloadsAtOnce = 3;

}  // namespace

/// The layers of one pull while they are on their way.
struct Pull::Layers {
  Layers(asio::any_io_executor executor, std::vector<oci::Descriptor> b, std::vector<std::string> d)
      : blobs(std::move(b)),
        diff_ids(std::move(d)),
        chain(oci::chain_ids(diff_ids)),
        is_here(blobs.size(), false),
        changed(executor) {}

  std::vector<oci::Descriptor> blobs;
  std::vector<std::string> diff_ids;
  std::vector<std::string> chain;
  std::vector<bool> is_here;    ///< downloaded
  std::size_t first = 0;        ///< the ones below are unpacked already
  std::size_t next = 0;         ///< the next to be downloaded
  std::size_t downloading = 0;  ///< workers that have not ended
  std::optional<Error> failed;  ///< of the first download that failed
  asio::steady_timer changed;   ///< cancelled whenever a layer is here or has failed
};

Pull::Pull(PullSpec spec, Registry& registry, Store& store, std::function<void()> on_change)
    : spec_(std::move(spec)),
      registry_(registry),
      store_(store),
      on_change_(std::move(on_change)) {}

void Pull::enter(std::string phase) {
  if (progress_.phase == phase) return;
  progress_.phase = std::move(phase);
  on_change_();
}

Async<Pulled> Pull::run(Deadline by) {
  on_change_();
  BERTH_CO_TRY(oci::Manifest manifest, co_await find_manifest(by));
  BERTH_CO_TRY(oci::Config config, co_await find_config(manifest.config, by));
  if (!oci::match(spec_.platform, config.platform)) {
    co_return Error{
        Errc::NotFound, 0,
        "no image for " + spec_.platform.text() + "; it is one for " + config.platform.text()};
  }
  if (config.diff_ids.size() != manifest.layers.size()) {
    co_return Error{Errc::Broken, 0,
                    "manifest has " + std::to_string(manifest.layers.size()) +
                        " layers, its configuration " + std::to_string(config.diff_ids.size())};
  }
  const std::string chain_id = oci::chain_ids(config.diff_ids).back();
  BERTH_CO_CHECK(co_await fetch_and_unpack(manifest, std::move(config), by));
  BERTH_CO_CHECK(co_await tie(std::move(manifest), chain_id, by));
  enter("done");
  Pulled pulled{spec_.reference.text(), path_.front().digest, chain_id, 0};
  co_return pulled;
}

/// The text of a manifest or index: from the store, else from the registry into the store.
Async<std::string> Pull::find_text(oci::Descriptor blob, std::string known, Deadline by) {
  Result<std::string> text = co_await store_.read(blob.digest, kMaxKeptManifestBytes, by);
  if (text || !text.failed_with(Errc::NotFound)) co_return text;
  if (known.empty()) {
    BERTH_CO_TRY(known, co_await registry_.manifest(blob.digest, by));
  }
  blob.size = static_cast<std::int64_t>(known.size());
  BERTH_CO_TRY(Ingest ingest, co_await store_.write(blob, by));
  if (ingest.is_present()) co_return known;
  if (ingest.offset() < blob.size) {
    Result<> written =
        co_await ingest.write(known.substr(static_cast<std::size_t>(ingest.offset())));
    if (!written) co_return std::move(written).error();
  }
  BERTH_CO_CHECK(co_await ingest.commit({}));
  co_return known;
}

Async<oci::Manifest> Pull::find_manifest(Deadline by) {
  const Deadline resolve_by = earlier(by, Deadline::after(spec_.resolve_timeout));
  BERTH_CO_TRY(Resolved resolved, co_await registry_.resolve(resolve_by));
  oci::Descriptor blob{resolved.media_type, resolved.digest, 0, {}};
  std::string known = std::move(resolved.text);
  for (std::size_t depth = 0; depth < kMaxIndexDepth; ++depth) {
    BERTH_CO_TRY(const std::string text, co_await find_text(blob, std::exchange(known, ""), by));
    BERTH_CO_TRY(oci::Document document, oci::parse_document(text, blob.media_type));
    blob.size = static_cast<std::int64_t>(text.size());
    path_.push_back(blob);
    if (auto* manifest = std::get_if<oci::Manifest>(&document)) co_return std::move(*manifest);
    BERTH_CO_TRY(blob, oci::choose(std::get<oci::Index>(document), spec_.platform));
  }
  co_return Error{Errc::Invalid, 0, "index of an index of an index: nested too deep"};
}

Async<oci::Config> Pull::find_config(oci::Descriptor blob, Deadline by) {
  if (blob.size > kMaxConfigBytes) {
    co_return Error{
        Errc::Invalid, 0,
        "image configuration of " + std::to_string(blob.size) + " bytes; allowed are 8 MiB"};
  }
  Result<std::string> text = co_await store_.read(blob.digest, kMaxConfigBytes, by);
  if (text.failed_with(Errc::NotFound)) {
    BERTH_CO_CHECK(co_await download(registry_, store_, blob, {}, [](std::int64_t) {}, by));
    text = co_await store_.read(blob.digest, kMaxConfigBytes, by);
  }
  if (!text) co_return std::move(text).error();
  co_return oci::parse_config(*text);
}

/// How many layers, from the lowest, have their snapshot.
Async<std::size_t> Pull::count_unpacked(std::vector<std::string> chain, Deadline by) {
  std::size_t count = chain.size();
  while (count > 0) {
    BERTH_CO_TRY(const bool is_there, co_await store_.has_snapshot(chain[count - 1], by));
    if (is_there) break;
    --count;
  }
  co_return count;
}

Async<> Pull::fetch_and_unpack(oci::Manifest manifest, oci::Config config, Deadline by) {
  const auto executor = co_await asio::this_coro::executor;
  Layers layers(executor, std::move(manifest.layers), std::move(config.diff_ids));
  BERTH_CO_TRY(layers.first, co_await count_unpacked(layers.chain, by));
  layers.next = layers.first;
  progress_.layers_total = static_cast<int>(layers.blobs.size());
  progress_.layers_done = static_cast<int>(layers.first);
  for (std::size_t at = 0; at < layers.blobs.size(); ++at) {
    const auto size = static_cast<std::uint64_t>(layers.blobs[at].size);
    progress_.total_bytes += size;
    if (at < layers.first) progress_.done_bytes += size;
  }
  if (layers.first == layers.blobs.size()) co_return ok();
  enter("downloading");
  Nursery downloads(executor);
  for (int worker = 0; worker < kDownloadsAtOnce; ++worker) {
    ++layers.downloading;
    downloads.start("download", fetch_layers(layers, by));
  }
  Result<> unpacked = co_await unpack_layers(layers, by);
  co_await downloads.stop();
  co_return unpacked;
}

/// One of the workers: takes the next layer, as long as there is one.
Async<> Pull::fetch_layers(Layers& layers, Deadline by) {
  while (layers.next < layers.blobs.size() && !layers.failed) {
    const std::size_t at = layers.next++;
    Labels labels{{"containerd.io/uncompressed", layers.diff_ids[at]}};
    auto count = [this](std::int64_t more) {
      progress_.done_bytes += static_cast<std::uint64_t>(more);
    };
    Result<> fetched = co_await download(registry_, store_, layers.blobs[at], std::move(labels),
                                         std::move(count), by);
    if (fetched) {
      layers.is_here[at] = true;
    } else if (!layers.failed) {
      layers.failed = std::move(fetched).error().while_doing("layer " + std::to_string(at + 1));
    }
    layers.changed.cancel();
  }
  if (--layers.downloading == 0 && !layers.failed) enter("unpacking");
  co_return ok();
}

Async<> Pull::unpack_layers(Layers& layers, Deadline by) {
  for (std::size_t at = layers.first; at < layers.blobs.size(); ++at) {
    while (!layers.is_here[at]) {
      if (layers.failed) co_return *layers.failed;
      if (by.has_passed()) co_return Error{Errc::TimedOut, 0, "not done in time"};
      layers.changed.expires_at(by.at);
      co_await layers.changed.async_wait(use_result);
      const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
      if (state.cancelled() != asio::cancellation_type::none) {
        co_return Error{Errc::Cancelled, 0, "cancelled"};
      }
    }
    Unpacking what{at == 0 ? "" : layers.chain[at - 1], layers.chain[at], layers.diff_ids[at],
                   layers.blobs[at]};
    Result<> unpacked = co_await store_.unpack(std::move(what), by);
    if (!unpacked) {
      co_return std::move(unpacked).error().while_doing("unpack layer " + std::to_string(at + 1));
    }
    ++progress_.layers_done;
    on_change_();
  }
  co_return ok();
}

/// Labels and the image's name: from now on the garbage collector sees what belongs together.
/// source: containerd, docs/garbage-collection.md.
Async<> Pull::tie(oci::Manifest manifest, std::string chain_id, Deadline by) {
  Labels of_config{{"containerd.io/gc.ref.snapshot." + store_.snapshotter(), chain_id}};
  BERTH_CO_CHECK(co_await store_.label(manifest.config.digest, std::move(of_config), by));
  Labels of_manifest{{"containerd.io/gc.ref.content.config", manifest.config.digest}};
  for (std::size_t at = 0; at < manifest.layers.size(); ++at) {
    of_manifest["containerd.io/gc.ref.content.l." + std::to_string(at)] =
        manifest.layers[at].digest;
  }
  BERTH_CO_CHECK(co_await store_.label(path_.back().digest, std::move(of_manifest), by));
  for (std::size_t at = path_.size() - 1; at > 0; --at) {
    Labels of_index{{"containerd.io/gc.ref.content.m.0", path_[at].digest}};
    BERTH_CO_CHECK(co_await store_.label(path_[at - 1].digest, std::move(of_index), by));
  }
  BERTH_CO_CHECK(co_await store_.set_image(spec_.reference.text(), path_.front(), by));
  co_return ok();
}

}  // namespace berth::images
