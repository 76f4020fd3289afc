// main.cpp - berth-lab: arguments, signals, exit code.
#include <sys/file.h>
#include <sys/stat.h>

#include <boost/asio/signal_set.hpp>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>

#include "base/dir.hpp"
#include "base/log.hpp"
#include "base/unique_fd.hpp"
#include "lab/access.hpp"
#include "lab/options.hpp"
#include "lab/service.hpp"

extern char** environ;

namespace berth::lab {
namespace {

constexpr int kBadArguments = 2;
constexpr int kFailed = 1;

std::map<std::string, std::string> environment() {
  std::map<std::string, std::string> values;
  for (char** at = environ; *at; ++at) {
    const std::string text = *at;
    const auto equals = text.find('=');
    if (equals != std::string::npos) values[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return values;
}

/// One lab for each data directory; the lock goes with the program.
Result<UniqueFd> lock_data(const Dir& folder) {
  UniqueFd file(::openat(folder.fd(), "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!file) return os_error(errno, "open " + folder.path() + "/lock");
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    return Error{Errc::Exhausted, errno, folder.path() + " is in use by another berth-lab"};
  }
  return file;
}

/// Serves until SIGTERM or SIGINT, then ends every session.
Async<> stop_on_signal(Nursery& serving) {
  asio::signal_set signals(co_await asio::this_coro::executor, SIGTERM, SIGINT);
  co_await signals.async_wait(use_result);
  log::info("stopping");
  auto stopped = co_await serving.stop();
  co_return stopped;
}

Result<> run(const Options& options) {
  BERTH_TRY(const Dir folder, Dir::open_or_make(options.data, 0700));
  BERTH_TRY(const UniqueFd lock, lock_data(folder));
  BERTH_TRY(const aws::Keys keys, load_or_make_keys(folder, options.settings.region));

  asio::io_context loop(1);
  SystemClock clock;
  Nursery serving(loop.get_executor());
  Nursery waiting(loop.get_executor());
  BERTH_TRY(const auto lab, Lab::open(options.settings, options.data, clock, serving));
  const bool tls = !options.listen.tls_cert.empty();
  Service service(*lab, keys, tls);
  auto server = http::Server::start(options.listen, service.handlers(), {}, serving);
  if (!server) {
    // What the lab started while loading must end before it goes away.
    waiting.start("stop", serving.stop());
    loop.run();
    return std::move(server).error();
  }
  waiting.start("signals", stop_on_signal(serving));
  const bool v6 = options.listen.address.find(':') != std::string::npos;
  std::cout << "berth-lab listening on " << (tls ? "https://" : "http://") << (v6 ? "[" : "")
            << options.listen.address << (v6 ? "]" : "") << ":" << (*server)->port()
            << " region=" << options.settings.region << " data=" << options.data << std::endl;
  loop.run();
  return ok();
}

int start(int argc, char** argv) {
  const auto options = parse_options({argv + 1, argv + argc}, environment());
  if (!options) {
    std::cerr << "berth-lab: " << options.error().message << "\n(berth-lab --help says more)\n";
    return kBadArguments;
  }
  if (options->help) {
    std::cout << usage();
    return 0;
  }
  if (options->version) {
    std::cout << "berth-lab " << BERTH_VERSION << "\n";
    return 0;
  }
  const char* level = std::getenv("ECS_LOGLEVEL");
  if (level) {
    const auto parsed = log::parse_level(level);
    if (parsed) log::set_level(*parsed);
  }
  if (auto done = run(*options); !done) {
    std::cerr << "berth-lab: " << done.error().text() << "\n";
    return kFailed;
  }
  return 0;
}

}  // namespace
}  // namespace berth::lab

int main(int argc, char** argv) {
  return berth::lab::start(argc, argv);
}
