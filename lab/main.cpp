// main.cpp - berth-lab: arguments, signals, exit code.
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <boost/asio/signal_set.hpp>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <thread>

#include "base/dir.hpp"
#include "base/http/certificate.hpp"
#include "base/log.hpp"
#include "base/unique_fd.hpp"
#include "lab/access.hpp"
#include "lab/certificate.hpp"
#include "lab/desk.hpp"
#include "lab/options.hpp"
#include "lab/service.hpp"
#include "lab/tokens.hpp"

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

/// What it shows, as PEM; "" without TLS.
Result<std::string> take_certificate(http::Listen& listen, const Options& options,
                                     const Dir& folder) {
  if (options.own_tls) {
    std::vector<std::string> names = own_names();
    names.insert(names.end(), options.tls_names.begin(), options.tls_names.end());
    // One that it is told to listen on may be that of a device to come.
    if (std::find(names.begin(), names.end(), listen.address) == names.end()) {
      const bool is_any = listen.address == "0.0.0.0" || listen.address == "::";
      if (!is_any) names.push_back(listen.address);
    }
    BERTH_TRY(const CertificateFiles files, load_or_make_certificate(folder, names));
    listen.tls_cert = files.certificate;
    listen.tls_key = files.key;
  }
  if (listen.tls_cert.empty()) return std::string();
  auto text = read_file(listen.tls_cert);
  if (!text) return std::move(text).error().while_doing("TLS certificate " + listen.tls_cert);
  return text;
}

Result<> note_where(const Dir& folder, const http::Listen& listen, std::uint16_t port,
                    const std::string& certificate) {
  Listening now{certificate.empty() ? "http" : "https", listen.address, port, ""};
  if (!certificate.empty()) {
    auto fingerprint = http::fingerprint_of(certificate);
    if (!fingerprint) return std::move(fingerprint).error().while_doing(listen.tls_cert);
    now.fingerprint = std::move(*fingerprint);
  }
  return note_listening(folder, now);
}

/// One that has just been started is waited for.
Result<enrol::Token> make_token_soon(const Dir& folder, const TokenWish& wish) {
  constexpr std::chrono::seconds kPatience{5};
  constexpr std::chrono::milliseconds kLook{50};
  const Deadline by = Deadline::after(kPatience);
  while (true) {
    auto token = make_token(folder, wish, SystemClock().wall());
    if (!token.failed_with(Errc::NotFound) || by.has_passed()) return token;
    std::this_thread::sleep_for(kLook);
  }
}

/// The token alone on standard output, for scripts; what to do with it beside.
Result<> print_token(const Options& options) {
  BERTH_TRY(const Dir folder, Dir::open(options.data));
  BERTH_TRY(const enrol::Token token, make_token_soon(folder, options.token));
  const WallTime until = SystemClock().wall() + options.token.ttl;
  std::cout << enrol::token_text(token) << std::endl;
  std::cerr << "good once, until " << iso8601(until) << ", for a node that reaches " << token.url
            << ": berth join --token TOKEN\n";
  return ok();
}

Result<> run(const Options& options) {
  BERTH_TRY(const Dir folder, Dir::open_or_make(options.data, 0700));
  BERTH_TRY(const UniqueFd lock, lock_data(folder));
  BERTH_CHECK(forget_listening(folder));
  BERTH_TRY(const aws::Keys keys, load_or_make_keys(folder, options.settings.region));
  http::Listen listen = options.listen;
  BERTH_TRY(const std::string certificate, take_certificate(listen, options, folder));

  asio::io_context loop(1);
  SystemClock clock;
  Nursery serving(loop.get_executor());
  Nursery waiting(loop.get_executor());
  BERTH_TRY(const auto lab, Lab::open(options.settings, options.data, clock, serving));
  const bool tls = !certificate.empty();
  const Desk desk(folder, keys, options.settings.region, certificate);
  Service service(*lab, keys, tls, tls ? &desk : nullptr);
  auto server = http::Server::start(listen, service.handlers(), {}, serving);
  const auto noted =
      server ? note_where(folder, listen, (*server)->port(), certificate) : server.error();
  if (!noted) {
    // What the lab started while loading must end before it goes away.
    waiting.start("stop", serving.stop());
    loop.run();
    return noted;
  }
  waiting.start("signals", stop_on_signal(serving));
  const bool v6 = options.listen.address.find(':') != std::string::npos;
  std::cout << "berth-lab listening on " << (tls ? "https://" : "http://") << (v6 ? "[" : "")
            << options.listen.address << (v6 ? "]" : "") << ":" << (*server)->port()
            << " region=" << options.settings.region << " data=" << options.data << std::endl;
  loop.run();
  return forget_listening(folder);
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
  const bool is_token = options->command == Command::Token;
  if (auto done = is_token ? print_token(*options) : run(*options); !done) {
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
