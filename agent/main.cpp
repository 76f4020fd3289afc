// main.cpp - berthd: arguments, signals, exit code.
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <iostream>

#include "agent/config/config.hpp"
#include "agent/crash_points.hpp"
#include "agent/daemon.hpp"
#include "agent/examine.hpp"
#include "agent/lock.hpp"
#include "agent/membership.hpp"
#include "agent/node/ec2.hpp"
#include "agent/options.hpp"
#include "agent/purge.hpp"
#include "agent/service/log_lines.hpp"
#include "base/crash_point.hpp"
#include "base/log.hpp"
#include "systemd/activation.hpp"
#include "systemd/journal.hpp"

extern char** environ;

namespace berth::agent {
namespace {

constexpr int kExitFailed = 1;
constexpr int kExitTerminal = 5;  // no restart can cure it. source: reference configuration
constexpr const char* kLockDir = "/run/berth-locks";
constexpr WallTime kBuilt{std::chrono::seconds(BERTH_COMMIT_TIME)};

int exit_code_for(const Result<>& outcome) {
  if (outcome) return 0;
  log::write(log::Level::Critical, "berthd ends", {{"error", outcome.error().text()}});
  return outcome.failed_with(Errc::Invalid) ? kExitTerminal : kExitFailed;
}

/// Runs the loop until `work` has ended.
Result<> run_loop(asio::io_context& io, Async<> work) {
  Result<> outcome;
  asio::co_spawn(io, std::move(work), [&outcome, &io](std::exception_ptr bug, Result<> result) {
    if (bug) std::rethrow_exception(bug);
    outcome = std::move(result);
    io.stop();
  });
  io.run();
  return outcome;
}

Result<config::Loaded> load_configuration() {
  BERTH_TRY(const Dir root, Dir::open("/"));
  BERTH_TRY(config::Loaded loaded, config::load_for_node(config::environment_of(environ), root));
  if (!loaded.config.region.empty() || loaded.config.external) return loaded;
  Result<std::optional<std::string>> told = node::ec2_region(root, loaded.environment);
  if (!told) {
    loaded.region_failure = std::move(told).error();
  } else if (*told) {
    config::use_region(loaded, **told, "EC2 instance identity document");
  }
  return loaded;
}

/// For a daemon that runs: what it cannot do without stays.
Result<config::Loaded> load_again() {
  BERTH_TRY(config::Loaded loaded, load_configuration());
  BERTH_CHECK(config::require_region(loaded));
  return loaded;
}

void hear_reloads(asio::signal_set& signals, Daemon& daemon) {
  signals.async_wait([&signals, &daemon](const boost::system::error_code& failed, int) {
    if (failed) return;
    daemon.reload();
    hear_reloads(signals, daemon);
  });
}

/// The one that berthd.socket names, when that started us.
Result<std::optional<int>> take_admin_socket() {
  BERTH_TRY(std::vector<systemd::ListenSocket> sockets,
            systemd::take_listen_sockets(systemd::listen_environment()));
  if (sockets.empty()) return std::optional<int>();
  if (sockets.size() > 1) {
    return Error{Errc::Invalid, 0,
                 "LISTEN_FDS \"" + std::to_string(sockets.size()) +
                     "\": allowed is one socket, for the admin API"};
  }
  return std::optional<int>(sockets.front().fd.release());
}

Result<> run_daemon(asio::io_context& io, Host& host, const config::Environment& environment,
                    const service::LogLines& lines) {
  if (host.config.eni_driver == "cni") {
    const auto network = host.tools.cni.load();
    if (!network) return Error(network.error()).while_doing("BERTH_CNI_NETWORK");
  }
  BERTH_TRY(const Dir root, Dir::open("/"));
  std::optional<http::Url> ec2;
  if (!host.config.external) {
    BERTH_TRY(ec2, node::ec2_metadata_service(root, environment));
  }
  BERTH_TRY(http::Url backend, http::parse_url(host.config.backend_url));
  aws::Credentials credentials(aws::key_places(environment));
  BERTH_TRY(const std::optional<int> admin_socket, take_admin_socket());
  Launch launch{{BERTH_VERSION, BERTH_COMMIT, kBuilt},
                load_again,
                [&lines] { return lines.last_error(); },
                admin_socket,
                std::move(ec2)};
  Daemon daemon(host, credentials, std::move(backend), std::move(launch), io.get_executor());
  asio::signal_set reloads(io, SIGHUP);
  hear_reloads(reloads, daemon);
  asio::signal_set signals(io, SIGTERM, SIGINT);
  signals.async_wait([&daemon](const boost::system::error_code& failed, int) {
    if (!failed) daemon.stop();
  });
  return run_loop(io, daemon.run());
}

Result<> tell_farewell(asio::io_context& io, Host& host, const config::Environment& environment) {
  BERTH_TRY(http::Url backend, http::parse_url(host.config.backend_url));
  aws::Credentials credentials(aws::key_places(environment));
  return run_loop(io, deregister(host, {credentials, std::move(backend), BERTH_VERSION}));
}

Result<> start(Mode mode, const config::Loaded& loaded, const service::LogLines& lines) {
  const config::Environment& environment = loaded.environment;
  const config::Config& config = loaded.config;
  if (mode != Mode::Purge) BERTH_CHECK(config::require_region(loaded));
  BERTH_TRY(Locks locks,
            Locks::take({config.run_dir, config.data_dir, kLockDir, config.containerd_namespace}));
  asio::io_context io(1);
  BERTH_TRY(std::unique_ptr<Host> host, open_host(io.get_executor(), loaded));
  if (mode == Mode::Run) return run_daemon(io, *host, environment, lines);
  if (mode == Mode::Deregister) return tell_farewell(io, *host, environment);
  BERTH_CHECK(run_loop(io, purge(*host)));
  host.reset();
  return locks.discard();
}

int show_membership(const config::Config& config) {
  const Result<local::StateView> state = membership_on_disk(config);
  if (!state) return exit_code_for(state.error());
  std::cout << local::to_json(*state) << '\n';
  return 0;
}

/// A build without crash points has refused the variable before.
Result<> arm_crash_point(const config::Environment& environment) {
  const auto found = environment.find(std::string(kCrashKey));
  if (found == environment.end()) return ok();
  Result<> armed = crash_point::arm(found->second, kCrashPoints);
  if (!armed) return std::move(armed).error().while_doing(std::string(kCrashKey));
  return ok();
}

int run(Mode mode) {
  const SystemClock clock;
  const service::LogLines lines(clock,
                                systemd::Journal::open(systemd::journal_stream(), STDERR_FILENO));
  Result<config::Loaded> loaded = load_configuration();
  if (!loaded) {
    log::write(log::Level::Critical, "bad configuration", {{"error", loaded.error().message}});
    return kExitTerminal;
  }
  log::set_level(loaded->config.log_level);
  if (const Result<> armed = arm_crash_point(loaded->environment); !armed) {
    return exit_code_for(armed);
  }
  if (mode == Mode::PrintConfig) {
    std::cout << config::print_config(*loaded);
    return 0;
  }
  if (mode == Mode::Membership) return show_membership(loaded->config);
  config::log_notices(loaded->notices);
  if (mode != Mode::Run) loaded->config.gpu_support = false;  // it needs none to clear away
  return exit_code_for(start(mode, *loaded, lines));
}

}  // namespace
}  // namespace berth::agent

int main(int argc, char** argv) {
  using namespace berth;
  using agent::Mode;
  std::signal(SIGPIPE, SIG_IGN);
  const std::span<const char* const> arguments(argv + 1, static_cast<std::size_t>(argc - 1));
  const Result<Mode> mode = agent::parse_options(arguments);
  if (!mode) {
    std::cerr << "berthd: " << mode.error().message << '\n';
    return agent::kExitTerminal;
  }
  if (*mode == Mode::Help) {
    std::cout << agent::help_text(config::help_text());
    return 0;
  }
  if (*mode == Mode::Version) {
    std::cout << "berthd " << BERTH_VERSION << " (" << BERTH_COMMIT << ")\n";
    return 0;
  }
  if (*mode == Mode::Doctor || *mode == Mode::DoctorAsJson) {
    return agent::examine(agent::load_configuration(), *mode == Mode::DoctorAsJson, BERTH_VERSION,
                          agent::kBuilt, std::cout);
  }
  return agent::run(*mode);
}
