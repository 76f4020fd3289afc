// main.cpp - berth-pull: arguments, signals, the lease around the pull, exit code.
#include <boost/asio/signal_set.hpp>
#include <cerrno>
#include <cstdio>
#include <optional>

#include "base/dir.hpp"
#include "base/drop_privileges.hpp"
#include "base/log.hpp"
#include "base/nursery.hpp"
#include "base/random.hpp"
#include "containerd_api/connection.hpp"
#include "images/options.hpp"
#include "images/pull.hpp"

namespace berth::images {
namespace {

// A pull that is killed leaves its lease until then: never before the pull itself must have ended.
constexpr std::chrono::minutes kLeaseMargin{5};
constexpr std::chrono::seconds kCleanUp{10};
constexpr std::chrono::seconds kBetweenLines{1};

void say(const std::string& line) {
  std::fwrite(line.data(), 1, line.size(), stdout);
  std::fputc('\n', stdout);
  std::fflush(stdout);
}

/// What a pull is made from.
struct Plan {
  PullSpec spec;
  std::vector<Endpoint> endpoints;
  AuthFile auth;
};

Result<Plan> plan_of(const Options& options) {
  Plan plan;
  plan.spec.platform = oci::this_platform();
  plan.spec.resolve_timeout = options.resolve_timeout;
  BERTH_TRY(plan.spec.reference, oci::parse_reference(options.image));
  if (!options.platform.empty()) {
    BERTH_TRY(plan.spec.platform, oci::parse_platform(options.platform));
  }
  BERTH_TRY(plan.endpoints, endpoints_for(plan.spec.reference.domain, options.hosts_dir));
  if (!options.auth_file.empty()) {
    BERTH_TRY(const std::string text, read_file(options.auth_file));
    auto auth = AuthFile::parse(text);
    if (!auth) return std::move(auth).error().while_doing(options.auth_file);
    plan.auth = *std::move(auth);
  }
  return plan;
}

/// One run of the program: everything a pull needs, and what came of it.
class Session {
 public:
  Session(asio::any_io_executor executor, const Options& options, Plan plan)
      : options_(options),
        by_(Deadline::after(options.timeout)),
        connection_(executor, options.address, options.namespace_name),
        store_(connection_, options.snapshotter),
        http_(executor, options.inactivity_timeout),
        registry_(http_, plan.spec.reference, std::move(plan.endpoints), std::move(plan.auth)),
        pull_(std::move(plan.spec), registry_, store_, [this] { say(line_of(pull_.progress())); }),
        work_(executor),
        ended_(executor, std::chrono::steady_clock::time_point::max()),
        signals_(executor, SIGTERM, SIGINT) {}

  /// Runs the pull until it ends or a signal comes, then gives the lease back.
  Async<> run() {
    const WallTime expires = SystemClock().wall() + options_.timeout + kLeaseMargin;
    std::string lease = options_.lease;
    if (lease.empty()) lease = "berth-pull-" + Random().hex(16);
    Result<> begun = co_await store_.begin(std::move(lease), expires, by_);
    if (!begun) {
      outcome_ = std::move(begun).error();
      co_return ok();
    }
    signals_.async_wait([this](const boost::system::error_code& code, int) {
      if (!code) ended_.cancel();
    });
    work_.start("pull", pull());
    work_.start("progress", tell());
    co_await ended_.async_wait(use_result);
    signals_.cancel();
    co_await work_.stop();
    const bool is_done = outcome_ && outcome_->has_value();
    Result<> given_back = co_await store_.end(!is_done, Deadline::after(kCleanUp));
    if (!given_back) {
      log::warn("lease stays until it expires", {{"error", given_back.error().text()}});
    }
    co_return ok();
  }

  Result<Pulled> outcome() {
    if (!outcome_) return Error{Errc::Cancelled, 0, "ended by a signal"};
    return *std::move(outcome_);
  }

 private:
  Async<> pull() {
    Result<Pulled> pulled = co_await pull_.run(by_);
    if (pulled) pulled->bytes = http_.received();
    outcome_ = std::move(pulled);
    ended_.cancel();
    co_return ok();
  }

  Async<> tell() {
    asio::steady_timer timer(co_await asio::this_coro::executor);
    while (true) {
      timer.expires_after(kBetweenLines);
      auto [code] = co_await timer.async_wait(use_result);
      if (code) co_return ok();
      say(line_of(pull_.progress()));
    }
  }

  const Options& options_;
  Deadline by_;
  containerd_api::Connection connection_;
  Store store_;
  Http http_;
  Registry registry_;
  Pull pull_;
  Nursery work_;
  asio::steady_timer ended_;
  asio::signal_set signals_;
  std::optional<Result<Pulled>> outcome_;
};

Result<Pulled> pull(const Options& options) {
  BERTH_TRY(Plan plan, plan_of(options));
  const std::string name = plan.spec.reference.text();
  asio::io_context io(1);
  Session session(io.get_executor(), options, std::move(plan));
  Nursery main(io.get_executor());
  main.start("session", session.run());
  io.run();
  Result<Pulled> outcome = session.outcome();
  if (!outcome) return std::move(outcome).error().while_doing("pull " + name);
  return outcome;
}

int main_program(const std::vector<std::string>& arguments) {
  const auto options = parse_options(arguments);
  if (!options) {
    std::fprintf(stderr, "berth-pull: %s\n%s", options.error().message.c_str(), usage().c_str());
    return 2;
  }
  if (options->help) {
    std::fputs(usage().c_str(), stdout);
    return 0;
  }
  if (options->version) {
    std::puts("berth-pull " BERTH_VERSION);
    return 0;
  }
  if (!drop_privileges())
    log::warn("privileges are kept", {{"error", os_error(errno, "capset").text()}});
  const auto pulled = pull(*options);
  say(pulled ? line_of(*pulled) : line_of(pulled.error()));
  return pulled ? 0 : 1;
}

}  // namespace
}  // namespace berth::images

int main(int argc, char** argv) {
  return berth::images::main_program(std::vector<std::string>(argv + 1, argv + argc));
}
