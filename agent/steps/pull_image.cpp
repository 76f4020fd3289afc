// pull_image.cpp - when to ask the registry, and what to do when it does not answer.
#include "agent/steps/pull_image.hpp"

#include <array>
#include <cstdio>

#include "agent/model/ids.hpp"
#include "agent/steps/time_limit.hpp"
#include "base/backoff.hpp"
#include "base/log.hpp"

namespace berth::steps {

namespace {

constexpr int kTries = 5;  // source: reference task model, section 9, with its waits
constexpr BackoffPolicy kWaits{std::chrono::milliseconds(1'100), std::chrono::seconds(5), 2.0, 0.2};

bool may_pass(const Error& error) {
  return error.code == Errc::Unavailable || error.code == Errc::TimedOut ||
         error.code == Errc::Broken;
}

/// True when the image that is here is good enough without asking the registry. A digest names its
/// content, so an image named by one cannot have changed.
bool is_enough_here(PullBehavior behavior, const std::string& name) {
  if (name.find("@sha256:") != std::string::npos) return true;
  return behavior == PullBehavior::Once || behavior == PullBehavior::PreferCached;
}

/// `resolved` becomes true once the registry has said what the name means.
runtime::OnProgress progress_teller(Tools& tools, RecordPtr record, std::size_t container,
                                    std::shared_ptr<bool> resolved) {
  return [&tools, record = std::move(record), container,
          resolved](const runtime::PullProgress& progress) {
    *resolved = *resolved || progress.phase != "resolving";
    if (tools.note_pull) tools.note_pull(record->task.arn, container, progress_of(progress));
    log::info("pulling image", {{"task", record->task.arn},
                                {"image", record->task.containers[container].image},
                                {"status", progress.phase},
                                {"bytes", std::to_string(progress.done_bytes) + "/" +
                                              std::to_string(progress.total_bytes)},
                                {"layer", std::to_string(progress.layers_done) + "/" +
                                              std::to_string(progress.layers_total)}});
  };
}

Async<runtime::Image> pull_with_tries(Tools& tools, std::string task, std::string name, int tries,
                                      runtime::OnProgress tell) {
  const Deadline by = tools.clock.in(tools.limits.pull);
  Backoff backoff(kWaits);
  Random random;
  for (int attempt = 1;; ++attempt) {
    std::string copy = name;
    runtime::OnProgress on_progress = tell;
    Result<runtime::Image> pulled =
        co_await tools.pulls.pull(std::move(copy), std::move(on_progress), by);
    if (pulled || attempt >= tries || !may_pass(pulled.error())) co_return pulled;
    const std::chrono::milliseconds wait = backoff.next(random);
    log::warn("pull failed, trying again", {{"task", task},
                                            {"image", name},
                                            {"attempt", attempt},
                                            {"wait_ms", wait.count()},
                                            {"error", pulled.error().text()}});
    BERTH_CO_CHECK(co_await tools.clock.sleep(wait));
  }
}

Async<runtime::Image> image_for(Tools& tools, std::string task, std::string name,
                                runtime::OnProgress tell) {
  std::string copy = name;
  const Deadline by = tools.clock.in(tools.limits.call);
  Result<runtime::Image> here = co_await tools.images.find(std::move(copy), by);
  if (here.failed_with(Errc::Cancelled) || here.failed_with(Errc::Invalid)) co_return here;
  if (here && is_enough_here(tools.pull_behavior, name)) co_return here;

  // With an image to fall back on, a registry that does not answer is asked once.
  const bool has_fallback = here.has_value() && tools.pull_behavior == PullBehavior::Default;
  std::string wanted = name;
  Result<runtime::Image> pulled =
      co_await pull_with_tries(tools, task, std::move(wanted), has_fallback ? 1 : kTries, tell);
  if (pulled || !has_fallback || pulled.failed_with(Errc::Cancelled)) co_return pulled;
  log::warn("pull failed, the image on this node is used",
            {{"task", task}, {"image", name}, {"error", pulled.error().text()}});
  co_return here;
}

/// A registry that was slow is not yet a pull past its limit.
Error as_told(const Tools& tools, Error error, bool resolved,
              std::chrono::steady_clock::duration took) {
  if (error.code != Errc::TimedOut) return error;
  if (took >= tools.limits.pull) {
    return told_as_limit(std::move(error), resolved ? "pulled" : "MANIFEST_PULLED",
                         tools.limits.pull);
  }
  error.code = Errc::Unavailable;
  return error;
}

}  // namespace

engine::Progress progress_of(const runtime::PullProgress& progress) {
  if (progress.total_bytes == 0) return {progress.phase, ""};
  constexpr double kMebibyte = 1 << 20;
  std::array<char, 96> text{};
  std::snprintf(text.data(), text.size(), "%.1f of %.1f MiB, %d of %d layers",
                static_cast<double>(progress.done_bytes) / kMebibyte,
                static_cast<double>(progress.total_bytes) / kMebibyte, progress.layers_done,
                progress.layers_total);
  return {progress.phase, text.data()};
}

Async<Sight> pull_image(Tools& tools, RecordPtr record, std::size_t container) {
  const WallTime began = tools.clock.wall();
  const auto began_at = tools.clock.now();
  std::string task = model::task_id_of(record->task.arn);
  std::string name = record->task.containers[container].image;
  const auto resolved = std::make_shared<bool>(false);
  runtime::OnProgress tell = progress_teller(tools, record, container, resolved);
  Result<runtime::Image> image =
      co_await image_for(tools, std::move(task), std::move(name), std::move(tell));
  if (image.failed_with(Errc::Cancelled)) co_return std::move(image).error();
  if (!image) {
    log::warn("image not pulled", {{"task", record->task.arn},
                                   {"image", record->task.containers[container].image},
                                   {"error", image.error().text()}});
    Error error = as_told(tools, std::move(image).error(), *resolved, tools.clock.now() - began_at);
    co_return Sight(engine::ImageNotPulled{container, *resolved, std::move(error), began});
  }
  co_return Sight(engine::ImagePulled{container, image->digest, image->config.stop_signal, began});
}

}  // namespace berth::steps
