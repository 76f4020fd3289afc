// images.cpp - looking images up in containerd, having berth-pull fetch them.
#include "runtime/images.hpp"

#include <utility>

#include "base/crash_point.hpp"
#include "base/random.hpp"
#include "containerd_api/awaitable.hpp"
#include "containerd_api/content.hpp"
#include "containerd_api/images.hpp"
#include "containerd_api/leases.hpp"
#include "containerd_api/snapshots.hpp"
#include "images/oci/config.hpp"
#include "images/oci/manifest.hpp"
#include "images/oci/reference.hpp"
#include "runtime/pull_lines.hpp"

namespace berth::runtime {

namespace api = containerd_api;
namespace content = containerd_api::content;
namespace oci = berth::images::oci;
using containerd_api::call;

namespace {

constexpr std::size_t kMaxDocumentBytes = 8 << 20;
constexpr std::size_t kMaxKnown = 64;  // about a kilobyte each
constexpr int kMaxIndexDepth = 4;
// berth-pull ends by itself at the deadline and cleans up; only one that hangs is killed.
constexpr std::chrono::seconds kToCleanUp{15};

ImageConfig run_part_of(oci::Config config) {
  ImageConfig run;
  run.entrypoint = std::move(config.entrypoint);
  run.cmd = std::move(config.cmd);
  run.env = std::move(config.env);
  run.user = std::move(config.user);
  run.working_dir = std::move(config.working_dir);
  run.stop_signal = std::move(config.stop_signal);
  run.volumes = std::move(config.volumes);
  run.shell = std::move(config.shell);
  return run;
}

/// What is not complete is as good as not there: a pull mends it.
Error not_here(const std::string& name, const std::string& why) {
  return {Errc::NotFound, 0, "image " + name + " is not on this node" + why};
}

}  // namespace

ContainerdImages::ContainerdImages(api::Connection& connection, Spawner& spawner,
                                   ImagesOptions options)
    : connection_(connection), spawner_(spawner), options_(std::move(options)) {}

Async<Image> ContainerdImages::find(std::string name, Deadline by) {
  BERTH_CO_TRY(const oci::Reference reference, oci::parse_reference(name));
  Image image;
  image.name = reference.text();
  api::images::GetImageRequest get;
  get.set_name(image.name);
  auto got = co_await call(connection_, api::images::kGet, std::move(get), by);
  if (got.failed_with(Errc::NotFound)) co_return not_here(image.name, "");
  if (!got) co_return std::move(got).error();
  image.digest = got->image().target().digest();

  if (!known_.contains(image.digest)) {
    Result<Ready> read = co_await read_ready(image.digest, got->image().target().media_type(), by);
    if (read.failed_with(Errc::NotFound)) co_return not_here(image.name, " as a whole");
    if (!read) co_return std::move(read).error().while_doing("image " + image.name);
    remember(image.digest, *std::move(read));
  }
  image.chain_id = known_.at(image.digest).chain_id;
  image.config = known_.at(image.digest).config;

  api::snapshots::StatSnapshotRequest stat;
  stat.set_snapshotter(options_.snapshotter);
  stat.set_key(image.chain_id);
  auto found = co_await call(connection_, api::snapshots::kStat, std::move(stat), by);
  if (found.failed_with(Errc::NotFound)) co_return not_here(image.name, " unpacked");
  if (!found) co_return std::move(found).error();
  co_return image;
}

Async<ContainerdImages::Ready> ContainerdImages::read_ready(std::string digest,
                                                            std::string media_type, Deadline by) {
  for (int depth = 0; depth < kMaxIndexDepth; ++depth) {
    BERTH_CO_TRY(const std::string text, co_await read_content(digest, by));
    BERTH_CO_TRY(const oci::Document document, oci::parse_document(text, media_type));
    if (const auto* manifest = std::get_if<oci::Manifest>(&document)) {
      BERTH_CO_TRY(const std::string config_text,
                   co_await read_content(manifest->config.digest, by));
      BERTH_CO_TRY(oci::Config config, oci::parse_config(config_text));
      if (config.diff_ids.empty()) co_return Error{Errc::Invalid, 0, "no layers"};
      Ready ready;
      ready.chain_id = oci::chain_ids(config.diff_ids).back();
      ready.config = run_part_of(std::move(config));
      co_return ready;
    }
    BERTH_CO_TRY(const oci::Descriptor chosen,
                 oci::choose(std::get<oci::Index>(document), oci::this_platform()));
    digest = chosen.digest;
    media_type = chosen.media_type;
  }
  co_return Error{Errc::Invalid, 0, "index nested too deep"};
}

Async<std::string> ContainerdImages::read_content(std::string digest, Deadline by) {
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
    if (text.size() > kMaxDocumentBytes) {
      co_return Error{Errc::Invalid, 0, digest + " is longer than 8 MiB"};
    }
  }
  Result<> ended = co_await stream->finish();
  if (!ended) co_return std::move(ended).error();
  co_return text;
}

void ContainerdImages::remember(const std::string& digest, Ready ready) {
  if (!known_.emplace(digest, std::move(ready)).second) return;
  known_order_.push_back(digest);
  if (known_order_.size() <= kMaxKnown) return;
  known_.erase(known_order_.front());
  known_order_.pop_front();
}

Command ContainerdImages::command_for(const std::string& name, const std::string& lease,
                                      Deadline by) const {
  Command command;
  command.argv = {options_.pull_program,
                  "--address=" + connection_.socket(),
                  "--namespace=" + connection_.namespace_name(),
                  "--lease=" + lease,
                  "--snapshotter=" + options_.snapshotter,
                  "--hosts-dir=" + options_.hosts_dir,
                  "--auth-file=" + options_.auth_file,
                  "--resolve-timeout=" + std::to_string(options_.resolve_timeout.count()),
                  "--inactivity-timeout=" + std::to_string(options_.inactivity_timeout.count())};
  if (!by.is_never()) {
    const auto left = std::chrono::ceil<std::chrono::seconds>(by.left());
    command.argv.push_back("--timeout=" + std::to_string(std::max<std::int64_t>(left.count(), 1)));
  }
  command.argv.push_back(name);
  command.environment = options_.environment;
  return command;
}

Async<Image> ContainerdImages::pull(std::string name, OnProgress on_progress, Deadline by) {
  BERTH_CO_TRY(const oci::Reference reference, oci::parse_reference(name));
  PullLines lines(std::move(on_progress));
  const std::string lease = "berth-pull-" + Random().hex(16);
  Command command = command_for(reference.text(), lease, by);
  auto on_line = [&lines](std::string line) {
    lines.take(line);
    BERTH_CRASH_POINT("image.pulling");
  };
  const Deadline kill = by.is_never() ? by : Deadline{by.at + kToCleanUp};
  leases_.insert(lease);
  Result<Exited> exited = co_await spawner_.run(std::move(command), on_line, kill);
  if (!exited || exited->code > 128) {
    // Killed, by us or by somebody: what it had fetched is not kept until the lease expires.
    [[maybe_unused]] Result<> dropped = co_await drop_lease(lease);
  }
  leases_.erase(lease);
  if (!exited) co_return std::move(exited).error().while_doing("pull " + reference.text());
  BERTH_CO_CHECK(lines.outcome(exited->code, exited->error_tail));
  BERTH_CRASH_POINT("image.pulled");
  Result<Image> image = co_await find(reference.text(), by);
  co_return image;
}

Async<> ContainerdImages::drop_lease(std::string lease) {
  api::leases::DeleteRequest request;
  request.set_id(std::move(lease));
  auto deleted = co_await call(connection_, api::leases::kDelete, std::move(request),
                               Deadline::after(kToCleanUp));
  if (!deleted) co_return std::move(deleted).error();
  co_return ok();
}

Async<> ContainerdImages::remove(std::string name, Deadline by) {
  BERTH_CO_TRY(const oci::Reference reference, oci::parse_reference(name));
  api::images::DeleteImageRequest request;
  request.set_name(reference.text());
  auto removed = co_await call(connection_, api::images::kDelete, std::move(request), by);
  if (!removed && !removed.failed_with(Errc::NotFound)) co_return std::move(removed).error();
  BERTH_CRASH_POINT("image.removed");
  co_return ok();
}

Async<std::vector<std::string>> ContainerdImages::list(Deadline by) {
  api::images::ListImagesRequest request;
  auto listed = co_await call(connection_, api::images::kList, std::move(request), by);
  if (!listed) co_return std::move(listed).error();
  std::vector<std::string> names;
  for (const auto& image : listed->images()) names.push_back(image.name());
  co_return names;
}

}  // namespace berth::runtime
