// join.cpp - look, ask, write, start, wait: in this order, so that what fails has changed nothing.
#include "cli/join.hpp"

#include <filesystem>
#include <ostream>
#include <thread>

#include "agent/model/cluster.hpp"
#include "base/dir.hpp"
#include "base/http/certificate.hpp"
#include "cli/doctor.hpp"
#include "cli/member.hpp"
#include "cli/preflight.hpp"
#include "cli/programs.hpp"
#include "cli/redeem.hpp"
#include "cli/service.hpp"

namespace berth::cli {

namespace {

constexpr std::chrono::seconds kDoctorTakes{60};
constexpr std::chrono::seconds kStateTakes{30};
constexpr std::chrono::milliseconds kAgain{100};  // until the socket of a new berthd is there
constexpr std::chrono::seconds kStatusAgain{1};   // until the instance is ACTIVE

/// A file that is there for as long as this is, for what is not to be written yet.
class Borrowed {
 public:
  static Result<std::unique_ptr<Borrowed>> make(const Places& places, const std::string& text) {
    const std::string path = places.ca + ".new";
    BERTH_CHECK(write_private(places, path, text));
    return std::unique_ptr<Borrowed>(new Borrowed(path));
  }
  ~Borrowed() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  Borrowed(const Borrowed&) = delete;
  Borrowed& operator=(const Borrowed&) = delete;
  const std::string& path() const { return path_; }

 private:
  explicit Borrowed(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

Result<std::string> absolute_file(const std::string& option, const std::string& path) {
  std::error_code failed;
  const std::filesystem::path whole = std::filesystem::absolute(path, failed);
  const auto text = read_file(whole.string(), 16 << 20);
  if (failed || !text) {
    return Error{Errc::Invalid, 0,
                 option + " \"" + path + "\": must be a file that can be read: " +
                     (failed ? failed.message() : text.error().message)};
  }
  return whole.string();
}

/// One join, step by step.
class Joining {
 public:
  Joining(const Berthd& berthd, const JoinWishes& wishes, const Places& places, std::string program,
          std::ostream& out)
      : berthd_(berthd),
        wishes_(wishes),
        places_(places),
        program_(std::move(program)),
        out_(out),
        service_(Service::of_this_host()) {}

  Result<> run() {
    BERTH_CHECK(choose());
    BERTH_CHECK(check_state());
    BERTH_CHECK(wishes_.token.empty() ? check_way() : take_token());
    BERTH_CHECK(write());
    return service_.is_there() ? start_and_wait() : wait_for_anybody();
  }

 private:
  /// The settings that will be in force.
  Result<> choose() {
    BERTH_TRY(before_, read_settings(places_));
    if (!wishes_.token.empty()) {
      BERTH_TRY(token_, enrol::parse_token(wishes_.token));
      settings_["ECS_BACKEND_HOST"] = token_.url;
      settings_["AWS_SHARED_CREDENTIALS_FILE"] = places_.credentials;
      settings_["AWS_CA_BUNDLE"] = places_.ca;
    }
    settings_["ECS_CLUSTER"] = wishes_.cluster.empty() ? "default" : wishes_.cluster;
    if (!wishes_.endpoint.empty()) settings_["ECS_BACKEND_HOST"] = wishes_.endpoint;
    if (!wishes_.region.empty()) settings_["AWS_DEFAULT_REGION"] = wishes_.region;
    if (wishes_.external) settings_["ECS_EXTERNAL"] = "true";
    if (!wishes_.credentials.empty()) {
      BERTH_TRY(settings_["AWS_SHARED_CREDENTIALS_FILE"],
                absolute_file("--credentials", wishes_.credentials));
    }
    if (!wishes_.ca.empty()) {
      BERTH_TRY(settings_["AWS_CA_BUNDLE"], absolute_file("--ca", wishes_.ca));
    }
    keep_earlier();
    return ok();
  }

  /// What an earlier join of the same control plane said and this one does not.
  void keep_earlier() {
    const JoinedSettings earlier = joined_in(before_);
    const auto is_other = [&](const char* key) {
      const auto now = settings_.find(key);
      const auto then = earlier.find(key);
      return now != settings_.end() && (then == earlier.end() || then->second != now->second);
    };
    if (is_other("ECS_BACKEND_HOST")) return;
    settings_.insert(earlier.begin(), earlier.end());
  }

  Result<> check_state() const {
    BERTH_TRY(const std::string said, run_well({program_, "--membership"}, kStateTakes));
    BERTH_TRY(const local::StateView state, local::read_state(said));
    if (state.container_instance.empty()) return ok();
    const std::string& cluster = settings_.at("ECS_CLUSTER");
    const std::string here = "this machine is " + state.container_instance;
    if (!model::is_same_cluster(state.cluster, cluster)) {
      return Error{
          Errc::Invalid, 0,
          here + " of cluster " + state.cluster + ", not of " + cluster + ": berth leave first"};
    }
    const auto backend = settings_.find("ECS_BACKEND_HOST");
    if (backend == settings_.end() || state.backend.empty()) return ok();
    BERTH_TRY(const std::string wanted, endpoint_url(backend->second));
    const auto now = endpoint_url(state.backend);
    if (now && *now == wanted) return ok();
    return Error{Errc::Invalid, 0,
                 here + " at " + state.backend + ", not at " + wanted + ": berth leave first"};
  }

  /// With the settings to come over those of the file.
  Result<std::vector<CheckResult>> examine(const std::string& ca) const {
    std::vector<std::string> environment;
    JoinedSettings settings = settings_;
    if (!ca.empty()) {
      settings["AWS_CA_BUNDLE"] = ca;
      // The token's lab says it later; until then nothing is signed that counts.
      settings.try_emplace("AWS_DEFAULT_REGION", "us-east-1");
    }
    for (const auto& [key, value] : settings) environment.push_back(key + "=" + value);
    if (settings.contains("AWS_SHARED_CREDENTIALS_FILE")) {
      for (const char* key : {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
                              "AWS_PROFILE", "ECS_ALTERNATE_CREDENTIAL_PROFILE"}) {
        environment.push_back(std::string(key) + "=");
      }
    }
    BERTH_TRY(const Ran ran,
              run_program({program_, "--doctor", "--json"}, environment, kDoctorTakes));
    auto checks = read_checks(ran.output);
    if (checks) return checks;
    return Error{Errc::Broken, 0,
                 program_ + " --doctor: exit status " + std::to_string(ran.code) + ": " +
                     (ran.errors.empty() ? checks.error().message : ran.errors)};
  }

  Result<> judge(const std::vector<CheckResult>& checks, Stage stage) const {
    auto judged = judge_for_join(checks, stage);
    if (judged) return ok();
    return Error{judged.error().code, 0, "this machine cannot join:\n  " + judged.error().message};
  }

  Result<> check_way(const std::string& ca = "") {
    BERTH_TRY(const auto checks, examine(ca));
    BERTH_CHECK(judge(checks, Stage::All));
    out_ << summary_of(checks) << "\n" << std::flush;
    return ok();
  }

  /// The secret is given away last: a token whose machine was not ready is good for another try.
  Result<> take_token() {
    BERTH_TRY(const std::string certificate, trusted_certificate(token_));
    BERTH_TRY(const auto borrowed, Borrowed::make(places_, certificate));
    BERTH_TRY(const auto checks, examine(borrowed->path()));
    BERTH_CHECK(judge(checks, Stage::WithoutKeys));
    const auto grant = redeem(token_, borrowed->path());
    if (grant) {
      settings_["AWS_DEFAULT_REGION"] = grant->region;
      BERTH_CHECK(write_private(places_, places_.ca, grant->certificate));
      BERTH_CHECK(write_private(places_, places_.credentials,
                                "[default]\naws_access_key_id = " + grant->access_key_id +
                                    "\naws_secret_access_key = " + grant->secret_access_key +
                                    "\n"));
    } else if (!grant.failed_with(Errc::Denied) || !has_its_keys()) {
      return Error(grant.error()).while_doing("--token");
    }
    return check_way();
  }

  /// Of an earlier join with this token, or with another one of the same lab.
  bool has_its_keys() const {
    const auto ca = read_file(places_.ca);
    if (!ca || !read_file(places_.credentials)) return false;
    const auto fingerprint = http::fingerprint_of(*ca);
    return fingerprint && *fingerprint == token_.fingerprint &&
           settings_.contains("AWS_DEFAULT_REGION");
  }

  Result<> write() {
    const std::string after = with_joined(before_, settings_);
    is_changed_ = after != before_;
    if (!is_changed_) return ok();
    BERTH_CHECK(write_private(places_, places_.config, after));
    out_ << "written: " << places_.config << "\n" << std::flush;
    return ok();
  }

  Result<> start_and_wait() const {
    BERTH_CHECK(service_.enable_and_start());
    out_ << "berthd.service is enabled and started\n" << std::flush;
    return wait();
  }

  /// Without systemd who started it starts it anew.
  Result<> wait_for_anybody() const {
    const auto version = berthd_.version();
    if (!version) {
      out_ << "systemd does not run this machine: start " << program_
           << " yourself, as root, now and at each boot; then berth join again tells whether it is "
              "connected\n";
      return ok();
    }
    if (is_changed_) {
      return Error{
          Errc::Invalid, 0,
          "berthd (pid " + std::to_string(version->pid) +
              ") runs with older settings, and systemd does not run this machine: end it and "
              "start it again"};
    }
    return wait();
  }

  Result<> wait() const {
    const std::string& cluster = settings_.at("ECS_CLUSTER");
    const auto patience = patience_of(wishes_);
    const auto by = std::chrono::steady_clock::now() + patience;
    while (true) {
      const auto left =
          std::chrono::ceil<std::chrono::seconds>(by - std::chrono::steady_clock::now());
      const bool is_late = left.count() <= 0;
      const auto view = berthd_.membership(
          std::min(std::max(left, std::chrono::seconds(0)), local::kLongestWait));
      if (view && (is_settled(*view, cluster) || is_late)) {
        BERTH_TRY(const std::string said, judge_member(*view, cluster, patience));
        out_ << said << "\n";
        return ok();
      }
      if (!view && !view.failed_with(Errc::Unavailable)) return view.error();
      if (service_.is_there() && service_.has_failed()) {
        return Error{Errc::Broken, 0, "berthd ended: journalctl -u berthd says why"};
      }
      if (is_late) return view.error();
      if (!view || view->connected) std::this_thread::sleep_for(view ? kStatusAgain : kAgain);
    }
  }

  const Berthd& berthd_;
  const JoinWishes& wishes_;
  const Places& places_;
  std::string program_;
  std::ostream& out_;
  Service service_;
  enrol::Token token_;
  std::string before_;
  JoinedSettings settings_;
  bool is_changed_ = false;
};

}  // namespace

Result<> join_cluster(const Berthd& berthd, const Arguments& arguments, const Places& places,
                      std::ostream& out) {
  BERTH_TRY(std::string program, usual_berthd());
  return Joining(berthd, arguments.join, places, std::move(program), out).run();
}

}  // namespace berth::cli
