// store.cpp - blobs, labels, the lease and the image's name in containerd.
#include "images/store.hpp"

#include "containerd_api/awaitable.hpp"
#include "containerd_api/content.hpp"
#include "containerd_api/images.hpp"
#include "containerd_api/leases.hpp"

namespace berth::images {

namespace api = containerd_api;
namespace content = containerd_api::content;
using containerd_api::call;
using WriteStream = api::Stream<content::WriteContentRequest, content::WriteContentResponse>;

namespace {

constexpr std::chrono::milliseconds kLockedWait{200};

/// Reads answers until the stream ends; a commit is answered twice. The last one read is kept.
Async<std::int64_t> drain(WriteStream& stream) {
  std::int64_t offset = 0;
  while (true) {
    Result<std::optional<content::WriteContentResponse>> answer = co_await stream.read();
    if (!answer) co_return std::move(answer).error();
    if (!*answer) break;
    offset = (*answer)->offset();
  }
  Result<> ended = co_await stream.finish();
  if (!ended) co_return std::move(ended).error();
  co_return offset;
}

/// Sends one message and waits for its answer: one message is under way at a time.
Async<std::int64_t> exchange(WriteStream& stream, content::WriteContentRequest request) {
  Result<> sent = co_await stream.write(std::move(request));
  Result<std::optional<content::WriteContentResponse>> answer = co_await stream.read();
  if (!answer) co_return std::move(answer).error();
  if (*answer) {
    if (!sent) co_return std::move(sent).error();
    co_return (*answer)->offset();
  }
  // The stream has ended; its status says why.
  Result<> ended = co_await stream.finish();
  if (!ended) co_return std::move(ended).error();
  co_return Error{Errc::Broken, 0, "content.Write ended without an answer"};
}

Async<> pause(Deadline by) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  timer.expires_at(earlier(by, Deadline::after(kLockedWait)).at);
  auto [code] = co_await timer.async_wait(use_result);
  if (code) co_return Error{Errc::Cancelled, 0, "cancelled while another pull writes the blob"};
  co_return ok();
}

}  // namespace

struct Ingest::State {
  WriteStream stream;
  api::Connection& connection;
  std::string ref;
  oci::Descriptor blob;
  Deadline by;
  std::int64_t offset = 0;
  bool is_present = false;
};

Ingest::Ingest(std::unique_ptr<State> state) : state_(std::move(state)) {}
Ingest::Ingest(Ingest&&) noexcept = default;
Ingest& Ingest::operator=(Ingest&&) noexcept = default;
Ingest::~Ingest() = default;

bool Ingest::is_present() const {
  return state_->is_present;
}
std::int64_t Ingest::offset() const {
  return state_->offset;
}

Async<> Ingest::write(std::string piece) {
  content::WriteContentRequest request;
  request.set_action(content::WRITE);
  request.set_offset(state_->offset);
  const auto size = static_cast<std::int64_t>(piece.size());
  request.set_data(std::move(piece));
  Result<std::int64_t> reached = co_await exchange(state_->stream, std::move(request));
  if (!reached) co_return std::move(reached).error();
  if (*reached != state_->offset + size) {
    co_return Error{Errc::Broken, 0,
                    "content.Write took " + std::to_string(*reached) + " bytes, sent are " +
                        std::to_string(state_->offset + size)};
  }
  state_->offset = *reached;
  co_return ok();
}

Async<> Ingest::commit(Labels labels) {
  content::WriteContentRequest request;
  request.set_action(content::COMMIT);
  request.set_offset(state_->offset);
  request.set_total(state_->blob.size);
  request.set_expected(state_->blob.digest);
  for (auto& [name, value] : labels) (*request.mutable_labels())[name] = value;
  [[maybe_unused]] Result<> sent = co_await state_->stream.write(std::move(request), true);
  Result<std::int64_t> ended = co_await drain(state_->stream);
  if (ended || ended.failed_with(Errc::Exists)) co_return ok();
  if (!ended.failed_with(Errc::Invalid)) co_return std::move(ended).error();
  // What is there is wrong, so that nobody may go on from it.
  content::AbortRequest abort;
  abort.set_ref(state_->ref);
  [[maybe_unused]] auto aborted =
      co_await call(state_->connection, content::kAbort, std::move(abort), state_->by);
  co_return Error{Errc::Broken, 0, ended.error().message};
}

Store::Store(api::Connection& connection, std::string snapshotter)
    : connection_(connection), snapshotter_(std::move(snapshotter)) {}

Async<> Store::begin(std::string lease, WallTime expires, Deadline by) {
  api::leases::CreateRequest request;
  lease_ = std::move(lease);
  request.set_id(lease_);
  (*request.mutable_labels())["containerd.io/gc.expire"] = iso8601(expires);
  auto created = co_await call(connection_, api::leases::kCreate, std::move(request), by);
  if (!created) co_return std::move(created).error();
  co_return ok();
}

Async<> Store::end(bool collect, Deadline by) {
  api::leases::DeleteRequest request;
  request.set_id(lease_);
  request.set_sync(collect);
  auto deleted = co_await call(connection_, api::leases::kDelete, std::move(request), by);
  if (!deleted && !deleted.failed_with(Errc::NotFound)) co_return std::move(deleted).error();
  co_return ok();
}

Async<> Store::hold(std::string type, std::string id, Deadline by) {
  api::leases::AddResourceRequest request;
  request.set_id(lease_);
  request.mutable_resource()->set_type(std::move(type));
  request.mutable_resource()->set_id(std::move(id));
  auto added = co_await call(connection_, api::leases::kAddResource, std::move(request), by);
  if (!added && !added.failed_with(Errc::Exists)) co_return std::move(added).error();
  co_return ok();
}

Async<std::string> Store::read(std::string digest, std::size_t limit, Deadline by) {
  // Held first: what is there after that stays there.
  BERTH_CO_CHECK(co_await hold("content", digest, by));
  content::ReadContentRequest request;
  request.set_digest(digest);
  auto stream = co_await api::subscribe(connection_, content::kRead, std::move(request), by);
  if (!stream) co_return std::move(stream).error();
  std::string text;
  while (true) {
    Result<std::optional<content::ReadContentResponse>> piece = co_await stream->read();
    if (!piece) co_return std::move(piece).error();
    if (!*piece) break;
    text += (*piece)->data();
    if (text.size() > limit) {
      co_return Error{Errc::Broken, 0,
                      digest + " is longer than " + std::to_string(limit) + " bytes"};
    }
  }
  Result<> ended = co_await stream->finish();
  if (!ended) co_return std::move(ended).error();
  co_return text;
}

Async<Ingest> Store::write(oci::Descriptor blob, Deadline by) {
  while (true) {
    Result<Ingest> begun = co_await write_once(blob, by);
    const bool is_locked = begun.failed_with(Errc::Unavailable) &&
                           begun.error().message.find("locked") != std::string::npos;
    if (!is_locked || by.has_passed()) co_return begun;
    BERTH_CO_CHECK(co_await pause(by));
  }
}

Async<Ingest> Store::write_once(oci::Descriptor blob, Deadline by) {
  WriteStream stream = api::open(connection_, content::kWrite, by, lease_);
  const std::string ref = "layer-" + blob.digest;
  auto state = std::unique_ptr<Ingest::State>(
      new Ingest::State{std::move(stream), connection_, ref, blob, by});
  content::WriteContentRequest request;
  request.set_action(content::STAT);
  request.set_ref(ref);
  request.set_total(blob.size);
  request.set_expected(blob.digest);
  Result<std::int64_t> offset = co_await exchange(state->stream, std::move(request));
  if (offset) {
    state->offset = *offset;
  } else if (offset.failed_with(Errc::Exists)) {
    state->is_present = true;
    state->offset = blob.size;
  } else {
    co_return std::move(offset).error();
  }
  co_return Ingest(std::move(state));
}

Async<> Store::label(std::string digest, Labels labels, Deadline by) {
  content::UpdateRequest request;
  request.mutable_info()->set_digest(std::move(digest));
  for (auto& [name, value] : labels) {
    (*request.mutable_info()->mutable_labels())[name] = value;
    request.mutable_update_mask()->add_paths("labels." + name);
  }
  auto updated = co_await call(connection_, content::kUpdate, std::move(request), by);
  if (!updated) co_return std::move(updated).error();
  co_return ok();
}

Async<> Store::set_image(std::string name, oci::Descriptor target, Deadline by) {
  api::images::CreateImageRequest create;
  create.mutable_image()->set_name(name);
  auto* descriptor = create.mutable_image()->mutable_target();
  descriptor->set_media_type(target.media_type);
  descriptor->set_digest(target.digest);
  descriptor->set_size(target.size);
  api::images::UpdateImageRequest update;
  *update.mutable_image() = create.image();
  update.mutable_update_mask()->add_paths("target");
  auto created = co_await call(connection_, api::images::kCreate, std::move(create), by);
  if (created) co_return ok();
  if (!created.failed_with(Errc::Exists)) co_return std::move(created).error();
  auto updated = co_await call(connection_, api::images::kUpdate, std::move(update), by);
  if (!updated) co_return std::move(updated).error();
  co_return ok();
}

}  // namespace berth::images
