// followed_folder.cpp - watch, read, wait for the first of three things.
#include "base/followed_folder.hpp"

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>

#include "base/log.hpp"

namespace berth {

namespace {

constexpr std::chrono::seconds kTryAgain{10};
constexpr std::chrono::seconds kReadLimit{10};  // the directory may be on a mount that hangs

}  // namespace

FollowedFolder::FollowedFolder(std::string path, std::string holds, Clock& clock, Offload& offload,
                               asio::any_io_executor executor)
    : path_(std::move(path)),
      holds_(std::move(holds)),
      clock_(clock),
      offload_(offload),
      watch_(executor),
      wake_(executor, Moment::max()) {}

/// Watches first and reads then, so that no change falls between.
Async<std::optional<Texts>> FollowedFolder::look() {
  try_again_ = false;
  woken_ = false;
  std::optional<Texts> seen;
  if (!look_again_) co_return seen;
  Result<> armed = watch_.arm(path_);
  auto reading = [path = path_] { return read_folder(path); };
  const Deadline by = Deadline::after(kReadLimit);
  Result<Texts> texts = co_await offload_.run_until(std::move(reading), by);
  if (texts.failed_with(Errc::Cancelled)) co_return std::move(texts).error();
  std::optional<std::string> trouble;
  if (!armed) trouble = armed.error().text();
  if (!texts) trouble = texts.error().text();
  if (trouble && trouble != trouble_) {
    log::error("directory of " + holds_ + " cannot be watched, trying again",
               {{"path", path_}, {"error", *trouble}});
  }
  trouble_ = trouble;
  look_again_ = try_again_ = trouble.has_value();
  if (texts) seen = std::move(*texts);
  co_return seen;
}

Async<> FollowedFolder::wait(Moment until) {
  using namespace asio::experimental::awaitable_operators;
  const bool cancelled_before = co_await is_cancelled();
  if (cancelled_before) co_return Error{Errc::Cancelled, 0, "cancelled"};
  if (woken_) co_return ok();
  if (try_again_) until = std::min(until, clock_.now() + kTryAgain);
  const std::variant<Result<>, std::monostate, Result<>> first =
      co_await (detail::quietly(watch_.changed()) || detail::wait_for_cancel(wake_) ||
                detail::quietly(clock_.sleep_until(until)));
  const bool cancelled = co_await is_cancelled();
  if (cancelled) co_return Error{Errc::Cancelled, 0, "cancelled"};
  look_again_ = look_again_ || first.index() == 0;
  co_return ok();
}

void FollowedFolder::wake() {
  woken_ = true;
  wake_.cancel();
}

}  // namespace berth
