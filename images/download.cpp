// download.cpp - copying a blob piece by piece, resuming, committing.
#include "images/download.hpp"

#include <utility>

#include "base/backoff.hpp"

namespace berth::images {

namespace {

constexpr int kTriesWithoutProgress = 5;
constexpr BackoffPolicy kBetweenResumes{std::chrono::milliseconds(300),
                                        std::chrono::milliseconds(10'000), 2.0, 0.2};

Async<> pause_between(std::chrono::milliseconds wait, Deadline by) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  timer.expires_at(earlier(by, Deadline::after(wait)).at);
  auto [code] = co_await timer.async_wait(use_result);
  if (code) co_return Error{Errc::Cancelled, 0, "cancelled between two tries"};
  co_return ok();
}

/// Copies until the connection's end; fails if that is not the blob's end.
Async<> copy(OpenBlob& from, Ingest& to, oci::Descriptor blob, const OnBytes& on_bytes,
             Deadline by) {
  auto skip = static_cast<std::size_t>(to.offset() - from.offset);
  while (true) {
    Result<std::string> piece = co_await from.transfer.read(by);
    if (!piece) co_return std::move(piece).error();
    if (piece->empty()) break;
    const std::size_t again = std::min(skip, piece->size());  // we have this part already
    piece->erase(0, again);
    skip -= again;
    if (piece->empty()) continue;
    const auto size = static_cast<std::int64_t>(piece->size());
    if (size > blob.size - to.offset()) {
      co_return Error{Errc::Broken, 0,
                      "more than the announced " + std::to_string(blob.size) + " bytes came (" +
                          from.url + ")"};
    }
    Result<> written = co_await to.write(*std::move(piece));
    if (!written) co_return std::move(written).error();
    on_bytes(size);
  }
  if (to.offset() == blob.size) co_return ok();
  co_return Error{Errc::Unavailable, 0,
                  "ended after " + std::to_string(to.offset()) + " of " +
                      std::to_string(blob.size) + " bytes (" + from.url + ")"};
}

/// Everything from the ingest's offset to the blob's end.
Async<> fetch_rest(Registry& registry, Ingest& ingest, oci::Descriptor blob,
                   const OnBytes& on_bytes, Deadline by) {
  Random random;
  Backoff backoff(kBetweenResumes);
  int fruitless = 0;
  while (ingest.offset() < blob.size) {
    const std::int64_t before = ingest.offset();
    Result<> outcome = ok();
    Result<OpenBlob> open = co_await registry.open_blob(blob.digest, before, by);
    if (open) {
      outcome = co_await copy(*open, ingest, blob, on_bytes, by);
    } else {
      outcome = std::move(open).error();
    }
    if (outcome) break;
    if (ingest.offset() > before) {
      fruitless = 0;
      backoff.reset();
    }
    const Errc code = outcome.error().code;
    const bool may_pass = code == Errc::Unavailable || code == Errc::Exhausted ||
                          (code == Errc::TimedOut && !by.has_passed());
    if (!may_pass || ++fruitless == kTriesWithoutProgress) co_return outcome;
    BERTH_CO_CHECK(co_await pause_between(backoff.next(random), by));
  }
  co_return ok();
}

}  // namespace

Async<> download(Registry& registry, Store& store, oci::Descriptor blob, Labels labels,
                 OnBytes on_bytes, Deadline by) {
  while (true) {
    Result<Ingest> ingest = co_await store.write(blob, by);
    if (!ingest) co_return std::move(ingest).error();
    const std::int64_t found = ingest->offset();
    on_bytes(found);
    if (ingest->is_present()) co_return ok();
    Result<> fetched = co_await fetch_rest(registry, *ingest, blob, on_bytes, by);
    if (!fetched) co_return std::move(fetched).error();
    Result<> committed = co_await ingest->commit(labels);
    // What an earlier attempt had left may have been wrong: then once more from the start.
    if (!committed.failed_with(Errc::Broken) || found == 0) co_return committed;
    on_bytes(-blob.size);
  }
}

}  // namespace berth::images
