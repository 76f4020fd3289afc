// programs.cpp - one program on a loop of its own.
#include "cli/programs.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdlib>

#include "base/spawner.hpp"

extern char** environ;

namespace berth::cli {

namespace {

/// Those of sanitizers are for tests.
bool is_handed_down(std::string_view variable) {
  return variable.starts_with("BERTH_CONFIG_FILE=") || variable.starts_with("TZ=") ||
         variable.find("SAN_OPTIONS=") != std::string_view::npos;
}

std::vector<std::string> service_environment() {
  std::vector<std::string> variables{
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"};
  for (char** at = environ; *at != nullptr; ++at) {
    if (is_handed_down(*at)) variables.emplace_back(*at);
  }
  return variables;
}

}  // namespace

Result<Ran> run_program(std::vector<std::string> argv, const std::vector<std::string>& more,
                        std::chrono::seconds patience) {
  const std::string name = argv.front();
  Command command{std::move(argv), service_environment(), ""};
  command.environment.insert(command.environment.end(), more.begin(), more.end());
  Ran ran;
  Result<Exited> exited;
  asio::io_context io{1};
  SystemSpawner spawner;
  auto hear = [&ran](const std::string& line) { ran.output += line + "\n"; };
  asio::co_spawn(io, spawner.run(std::move(command), hear, Deadline::after(patience)),
                 [&exited](std::exception_ptr bug, Result<Exited> outcome) {
                   if (bug) std::rethrow_exception(bug);
                   exited = std::move(outcome);
                 });
  io.run();
  if (!exited) return std::move(exited).error().while_doing("run " + name);
  ran.code = exited->code;
  ran.errors = exited->error_tail.substr(0, exited->error_tail.find_last_not_of(" \n") + 1);
  return ran;
}

Result<std::string> run_well(std::vector<std::string> argv, std::chrono::seconds patience) {
  std::string words;
  for (const std::string& word : argv) words += (words.empty() ? "" : " ") + word;
  BERTH_TRY(Ran ran, run_program(std::move(argv), {}, patience));
  if (ran.code == 0) return std::move(ran.output);
  return Error{Errc::Broken, 0,
               words + ": exit status " + std::to_string(ran.code) +
                   (ran.errors.empty() ? "" : ": " + ran.errors)};
}

}  // namespace berth::cli
