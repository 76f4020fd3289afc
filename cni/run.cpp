// run.cpp - the spawner of base on a loop of its own.
#include "cni/run.hpp"

#include <boost/asio/io_context.hpp>
#include <exception>
#include <optional>

namespace berth::cni {

namespace {

constexpr std::size_t kMostOutput = 1 << 20;

std::string seconds_between(std::chrono::steady_clock::time_point begin,
                            std::chrono::steady_clock::time_point end) {
  const auto whole = std::chrono::round<std::chrono::seconds>(end - begin);
  return std::to_string(whole.count()) + " s";
}

}  // namespace

Result<Said> run_plugin(const Call& call, Deadline by) {
  const auto begin = std::chrono::steady_clock::now();
  asio::io_context loop(1);
  SystemSpawner spawner;
  std::string output;
  bool is_too_long = false;
  auto keep = [&output, &is_too_long](std::string line) {
    is_too_long = is_too_long || output.size() + line.size() >= kMostOutput;
    if (!is_too_long) output += line + "\n";
  };
  std::optional<Result<Exited>> exited;
  auto on_end = [&exited](std::exception_ptr bug, Result<Exited> outcome) {
    if (bug) std::rethrow_exception(bug);
    exited = std::move(outcome);
  };
  Command command{{call.program}, call.environment, dump_json(call.config)};
  asio::co_spawn(loop, spawner.run(std::move(command), keep, by), on_end);
  loop.run();
  const std::string who = "plugin " + call.type + ", " + std::string(name_of(call.verb));
  if (!exited) return Error{Errc::Broken, 0, who + ": it was not waited for"};
  if (exited->failed_with(Errc::TimedOut)) {
    return Error{Errc::TimedOut, 0,
                 who + ": it had not ended after " +
                     seconds_between(begin, std::chrono::steady_clock::now()) + " and was killed"};
  }
  if (!*exited) return std::move(*exited).error().while_doing(who);
  if (is_too_long) return Error{Errc::Exhausted, 0, who + ": it said more than 1 MiB"};
  return Said{**exited, std::move(output)};
}

}  // namespace berth::cni
