// daemon.hpp - the only place where everything is built and joined.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "agent/attachments/arrivals.hpp"
#include "agent/attachments/attachments.hpp"
#include "agent/engine/engine.hpp"
#include "agent/host.hpp"
#include "agent/inbox/inbox.hpp"
#include "agent/local/admin.hpp"
#include "agent/local/membership.hpp"
#include "agent/local/plan_view.hpp"
#include "agent/networks/host_lans.hpp"
#include "agent/networks/lookout.hpp"
#include "agent/networks/networks.hpp"
#include "agent/outbox/health.hpp"
#include "agent/outbox/outbox.hpp"
#include "agent/service/log_lines.hpp"
#include "agent/service/shutdown_delay.hpp"
#include "agent/standing/review.hpp"
#include "agent/standing/standing.hpp"
#include "agent/steps/address_watch.hpp"
#include "agent/steps/step_hands.hpp"
#include "agent/upkeep/auditor.hpp"
#include "agent/vault/vault.hpp"
#include "aws/call.hpp"
#include "aws/credentials.hpp"
#include "base/gate.hpp"
#include "base/http/server.hpp"
#include "controlplane/client/ecs.hpp"
#include "controlplane/client/session.hpp"
#include "controlplane/client/telemetry.hpp"
#include "systemd/logind.hpp"
#include "systemd/notify.hpp"

namespace berth::agent {

/// What the program is, for the control plane and for people.
struct ProgramVersion {
  std::string version;  ///< "0.1.0"
  std::string hash;     ///< of the commit it was built from, or "unknown"
  WallTime built;       ///< when its sources were committed
};

/// How the daemon was started, by whom, and whom it may ask about that.
struct Launch {
  ProgramVersion version;
  std::function<Result<config::Loaded>()> load_again;  ///< the configuration; may block
  std::function<std::optional<service::LastError>()> last_error;
  std::optional<int> admin_socket;  ///< the service manager opened it; absent: berthd does
  std::optional<http::Url> ec2;     ///< the instance metadata service, where it is to be asked
};

/// One agent. Lives in main; loop thread.
class Daemon {
 public:
  Daemon(Host& host, aws::Credentials& credentials, http::Url backend, Launch launch,
         asio::any_io_executor executor);

  /// Takes up what runs and what files ask for, registers, then works until stop() is called.
  ///
  /// fails:  Invalid (no restart can cure it), or whatever kept it from starting.
  Async<> run();

  /// Ends run(): sessions close, tasks keep running.
  void stop();

  /// Has the configuration read again, and takes of it what may change while tasks run.
  void reload();

 private:
  /// A task that runs, but cannot be held to its security groups.
  struct Unheld {
    std::string task_arn;
    Error error;
  };

  /// How far the tasks are seen off before the system stops.
  enum class Leave : std::uint8_t { No, Begun, Done };

  engine::Workshop workshop();
  Async<> recover();
  Async<std::vector<Unheld>> take_up_networks(std::vector<model::Record> records,
                                              std::string instance_arn);
  void give_up_unheld(const std::vector<Unheld>& unheld);
  model::Placement place(const model::Task& task);
  Async<> follow_network(model::ClusterNetwork told);
  Async<> follow_networks();
  void give_back_addresses(const model::Record& record);
  Async<> start_endpoints();
  std::string task_behind(const std::string& device) const;
  Async<local::AuditView> audit(bool with_repair);
  upkeep::Needs upkeep_needs();
  steps::AddressWatch::Needs address_needs();
  networks::Needs network_needs();
  networks::Lookout::Needs lookout_needs();
  Async<> serve();
  Async<> live(std::string instance_arn);
  Async<> submit(records::Report report);
  void report_taken(const records::QueuedReport& taken);
  attachments::Needs attachment_needs();
  Async<> keep_networks();
  void keep_standing();
  inbox::Rules rules() const;
  std::vector<local::FileView> file_views() const;
  Async<model::Why> why(std::string task_arn);
  standing::Node node_for(standing::Sender sender) const;
  local::PlanView plan_for(const std::string& definition, bool is_of_a_file) const;
  asio::awaitable<void> tell_use(model::Why& why);
  void connect_sessions(const std::string& instance_arn, const std::string& engine_version);
  Result<> start_admin();
  void note_change(const model::Record& record);
  local::DrainView drain(bool begin);
  void stop_tasks(const std::string& why);
  Async<> tell_draining();
  Result<> open_notifier();
  Async<> read_again();
  Async<> connection();
  Async<> ask_status();
  Async<local::MembershipView> membership(std::chrono::seconds wait);
  service::OnShutdown on_shutdown();
  void heed_shutdowns();
  Async<> leave_with_system();
  void begin_leaving();
  Async<> see_tasks_off();
  void stay();
  bool takes_none() const { return drain_.draining || leave_ != Leave::No; }
  void note_status();
  void tell_service_manager(Result<> told) const;

  Host& host_;
  asio::any_io_executor executor_;
  Launch launch_;
  Random random_;
  http::Client http_;
  aws::Signer signer_;
  aws::Caller caller_;
  client::EcsControlPlane control_plane_;
  steps::StepHands hands_;
  vault::Vault vault_;
  engine::Engine engine_;
  upkeep::Auditor auditor_;
  outbox::Outbox outbox_;
  attachments::Arrivals arrivals_;
  attachments::Attachments attachments_;
  steps::AddressWatch addresses_;
  networks::HostLans lans_;
  networks::Lookout lookout_;
  systemd::BusLogind logind_;
  service::ShutdownDelay shutdown_delay_;
  Nursery nursery_;
  std::optional<client::Endpoints> endpoints_;
  std::optional<inbox::Inbox> inbox_;
  std::optional<client::TaskSession> session_;
  std::optional<client::TelemetrySession> telemetry_;
  std::optional<outbox::HealthPublisher> health_;
  Gate following_;              ///< who changes groups and ways to other nodes
  Gate reloading_;              ///< who reads the settings again
  model::ClusterNetwork told_;  ///< by the control plane, last
  std::optional<networks::Networks> networks_;
  std::optional<standing::Standing> standing_;
  std::unique_ptr<http::Server> endpoint_server_;
  std::unique_ptr<http::Server> admin_;
  std::optional<systemd::Notifier> notifier_;
  std::string status_;  ///< told to the service manager last
  std::string instance_arn_;
  std::string instance_status_;  ///< told at the registration, or asked for since
  local::DrainView drain_;       ///< its counts are taken when it is asked for
  Leave leave_ = Leave::No;
  asio::steady_timer stopped_;
  asio::steady_timer progress_;   ///< cancelled when a task or a report has come further
  asio::steady_timer connected_;  ///< cancelled when the task session has come up
  asio::steady_timer left_;       ///< cancelled when the tasks have been seen off
};

}  // namespace berth::agent
