// leave.cpp - what must be told is told while the keys are there; files go last.
#include "cli/leave.hpp"

#include <ostream>

#include "cli/doctor.hpp"
#include "cli/drain.hpp"
#include "cli/programs.hpp"
#include "cli/service.hpp"

namespace berth::cli {

namespace {

constexpr std::chrono::seconds kLookTakes{30};
constexpr std::chrono::seconds kFarewellTakes{90};
constexpr std::chrono::seconds kPurgeTakes{300};

/// One leave, step by step.
class Leaving {
 public:
  Leaving(const Berthd& berthd, bool is_forced, const Places& places, std::string program,
          std::ostream& out, std::ostream& err)
      : berthd_(berthd),
        is_forced_(is_forced),
        places_(places),
        program_(std::move(program)),
        out_(out),
        err_(err),
        service_(Service::of_this_host()) {}

  Result<> run() {
    BERTH_CHECK(look());
    BERTH_TRY(const std::string settings, read_settings(places_));
    const bool is_running = runs();
    if (!state_.is_there && joined_in(settings).empty() && !is_running) {
      out_ << "this machine is in no cluster\n";
      return ok();
    }
    BERTH_CHECK(drain(is_running));
    BERTH_CHECK(stop());
    BERTH_CHECK(look());  // it may have registered meanwhile
    BERTH_CHECK(deregister());
    BERTH_CHECK(run_well({program_, "--purge"}, kPurgeTakes));
    BERTH_CHECK(remove_joined(places_));
    out_ << "what berth made on this machine is gone\n" << what_stays(joined_in(settings));
    return ok();
  }

 private:
  Result<> look() {
    BERTH_TRY(const std::string said, run_well({program_, "--membership"}, kLookTakes));
    BERTH_TRY(state_, local::read_state(said));
    return ok();
  }

  /// Asking the socket would have systemd start it.
  bool runs() const { return service_.is_there() ? service_.is_active() : bool(berthd_.version()); }

  Result<> drain(bool is_running) const {
    if (!is_running && state_.tasks == 0) return ok();
    if (!is_running) BERTH_CHECK(start());
    BERTH_TRY(const local::DrainView drained, drain_node(berthd_, &out_));
    return unless_forced(judge_drain(drained));
  }

  Result<> start() const {
    if (service_.is_there()) return service_.start();
    return Error{Errc::Unavailable, 0,
                 std::to_string(state_.tasks) +
                     " tasks run, and berthd, which stops them, does not: start " + program_ +
                     ", then berth leave again"};
  }

  Result<> stop() const {
    if (service_.is_there()) {
      BERTH_CHECK(service_.stop_and_disable());
      out_ << "berthd.service is stopped and disabled\n" << std::flush;
      return ok();
    }
    const auto version = berthd_.version();
    if (!version) return ok();
    return Error{Errc::Unavailable, 0,
                 "systemd does not run this machine: end berthd (kill " +
                     std::to_string(version->pid) + "), then berth leave again"};
  }

  Result<> deregister() const {
    if (state_.container_instance.empty()) return ok();
    const auto told = run_well({program_, "--deregister"}, kFarewellTakes);
    BERTH_CHECK(unless_forced(told ? ok() : Result<>(told.error())));
    if (told) out_ << state_.container_instance << " is deregistered\n" << std::flush;
    return ok();
  }

  Result<> unless_forced(Result<> outcome) const {
    if (outcome) return ok();
    if (!is_forced_) {
      return Error{outcome.error().code, 0,
                   outcome.error().message + "\n  berth leave --force goes on without it"};
    }
    err_ << "berth: " << outcome.error().message << "\n" << std::flush;
    return ok();
  }

  const Berthd& berthd_;
  bool is_forced_;
  const Places& places_;
  std::string program_;
  std::ostream& out_;
  std::ostream& err_;
  Service service_;
  local::StateView state_;
};

}  // namespace

std::string what_stays(const JoinedSettings& joined) {
  if (!joined.contains("ECS_EXTERNAL")) return "";
  return "it is still a managed instance of AWS Systems Manager, until aws ssm "
         "deregister-managed-instance --instance-id mi-...\n";
}

Result<> leave_cluster(const Berthd& berthd, const Arguments& arguments, const Places& places,
                       std::ostream& out, std::ostream& err) {
  BERTH_TRY(std::string program, usual_berthd());
  return Leaving(berthd, arguments.join.force, places, std::move(program), out, err).run();
}

}  // namespace berth::cli
