// pull_lines.cpp - reading berth-pull's lines.
#include "runtime/pull_lines.hpp"

#include <algorithm>

#include "base/json.hpp"

namespace berth::runtime {

namespace {

Errc code_named(std::string_view name) {
  for (Errc code : {Errc::Invalid, Errc::NotFound, Errc::Exists, Errc::Denied, Errc::Exhausted,
                    Errc::Unavailable, Errc::TimedOut, Errc::Cancelled}) {
    if (name_of(code) == name) return code;
  }
  return Errc::Broken;
}

std::uint64_t count(JsonReader& in, std::string_view name) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(in.integer(name), 0));
}

}  // namespace

void PullLines::take(std::string_view line) {
  const auto parsed = parse_json(line);
  if (!parsed) return;
  JsonReader in(*parsed, "berth-pull");
  const std::string type = in.text("type");
  if (type == "result") is_done_ = true;
  if (type == "error") failed_ = Error{code_named(in.text("code")), 0, in.text("message")};
  if (type != "progress" || !on_progress_) return;
  PullProgress progress;
  progress.phase = in.text("phase");
  progress.done_bytes = count(in, "done_bytes");
  progress.total_bytes = count(in, "total_bytes");
  progress.layers_done = static_cast<int>(in.integer("layers_done"));
  progress.layers_total = static_cast<int>(in.integer("layers_total"));
  if (!in.failed()) on_progress_(progress);
}

Result<> PullLines::outcome(int exit_code, const std::string& error_tail) const {
  if (failed_) return *failed_;
  if (is_done_ && exit_code == 0) return ok();
  std::string message = "berth-pull ended with code " + std::to_string(exit_code);
  std::string tail = error_tail;
  std::replace(tail.begin(), tail.end(), '\n', ' ');
  if (!tail.empty()) message += ": " + tail;
  return Error{Errc::Broken, 0, std::move(message)};
}

}  // namespace berth::runtime
