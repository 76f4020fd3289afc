// daemon.cpp - the rooms joined by functions, from the journal to the sessions.
#include "agent/daemon.hpp"

#include <unistd.h>

#include "agent/endpoints/endpoints.hpp"
#include "agent/engine/explain.hpp"
#include "agent/local/admin_server.hpp"
#include "agent/local/views.hpp"
#include "agent/model/ids.hpp"
#include "agent/node/clock_wait.hpp"
#include "agent/node/ec2.hpp"
#include "agent/node/join.hpp"
#include "agent/outbox/report.hpp"
#include "agent/plan/network.hpp"
#include "agent/steps/attach_plugins.hpp"
#include "agent/steps/network_use.hpp"
#include "agent/steps/resource_use.hpp"
#include "agent/steps/watch.hpp"
#include "agent/steps/watch_links.hpp"
#include "agent/steps/watch_rules.hpp"
#include "base/log.hpp"
#include "base/wall_wait.hpp"
#include "runtime/namespace.hpp"

namespace berth::agent {

namespace {

constexpr std::chrono::seconds kSubmitLimit{42};  // source: reference API, "HTTP client numbers"
constexpr std::chrono::seconds kEngineLimit{10};
constexpr std::chrono::seconds kKernelLimit{5};
constexpr auto kForEver = std::chrono::steady_clock::time_point::max();

aws::Scope scope_of(const config::Config& config) {
  return {config.region, std::string(client::kEcsSigningName)};
}

/// containerd may come later than we do: once it is there its namespace is made, and what was left
/// by tasks that are forgotten is removed.
///
/// A node without a memory of its own does not know whose the tasks are that it finds: a person
/// does.
Async<> settle_in(Host& host, upkeep::Auditor& auditor, bool has_memory) {
  Backoff backoff({std::chrono::milliseconds(200), std::chrono::seconds(5), 2.0, 0.2});
  Random random;
  while (true) {
    const Deadline by = Deadline::after(kEngineLimit);
    Result<> settled = co_await runtime::ensure_namespace(host.connection, by);
    if (settled) {
      Async<upkeep::Audit> look = has_memory ? auditor.repair() : auditor.audit();
      Result<upkeep::Audit> seen = co_await std::move(look);
      if (seen && !has_memory && !seen->findings.empty()) {
        log::warn("an earlier berthd left what nobody owns; berth audit --repair removes it",
                  {{"count", seen->findings.size()}});
      }
      settled = seen ? ok() : Result<>(std::move(seen).error());
    }
    if (settled || settled.failed_with(Errc::Cancelled)) co_return settled;
    const std::chrono::milliseconds wait = backoff.next(random);
    log::warn("the node could not be put in order, trying again",
              {{"address", host.config.containerd_address},
               {"wait_ms", wait.count()},
               {"error", settled.error().text()}});
    BERTH_CO_CHECK(co_await host.clock.sleep(wait));
  }
}

Async<> hear_telemetry(protocol::Envelope) {
  co_return ok();
}

}  // namespace

Daemon::Daemon(Host& host, aws::Credentials& credentials, http::Url backend, Launch launch,
               asio::any_io_executor executor)
    : host_(host),
      executor_(executor),
      launch_(std::move(launch)),
      http_(http::TlsOptions{host.config.ca_bundle}),
      signer_(credentials, host.clock, scope_of(host.config)),
      caller_(
          http_, signer_,
          client::ecs_endpoint(std::move(backend), client::user_agent(launch_.version.version))),
      control_plane_(caller_),
      hands_(host.tools),
      engine_(workshop(), executor),
      auditor_(upkeep_needs(), executor),
      outbox_(
          *host.journal, host.clock,
          [this](records::Report report) { return submit(std::move(report)); },
          [this](const records::QueuedReport& taken) { report_taken(taken); },
          [this](const std::string& task_arn, model::EntryKind kind, std::string text) {
            host_.timeline.note(task_arn, {host_.clock.wall(), kind, "", std::move(text), {}});
          },
          executor),
      arrivals_(host.offload, executor),
      attachments_(attachment_needs(), executor),
      addresses_(address_needs(), executor),
      lans_(host.offload),
      lookout_(lookout_needs(), executor),
      logind_(executor),
      shutdown_delay_(logind_, host.clock, on_shutdown()),
      nursery_(executor),
      following_(executor, 1),
      reloading_(executor, 1),
      stopped_(executor, kForEver),
      progress_(executor, kForEver),
      connected_(executor, kForEver),
      left_(executor, kForEver) {
  host_.tools.attachments = &attachments_;
  host_.tools.note_pull = [this](const std::string& task_arn, std::size_t container,
                                 engine::Progress progress) {
    engine_.pulled(task_arn, container, std::move(progress));
  };
  host_.tools.found_free = [this](const model::EniAccess& access,
                                  const std::vector<netns::IpAddress>& addresses) {
    return lookout_.claim(access, addresses);
  };
}

inbox::Rules Daemon::rules() const {
  const config::Config& config = host_.config;
  return {!config.privileged_disabled, config.task_limits, config.eni_driver == "hotplug",
          config.eni_driver == "cni", host_.facts.cgroups};
}

engine::Workshop Daemon::workshop() {
  return {hands_,
          *host_.journal,
          host_.timeline,
          host_.clock,
          [cluster = host_.config.cluster, shows_v6 = !host_.config.hides_v6_bindings](
              const model::Record& record) { return outbox::report_of(record, cluster, shows_v6); },
          [this](records::QueuedReport report) { outbox_.offer(std::move(report)); },
          [this](const model::Record& record) { note_change(record); },
          host_.config.pull_behavior == config::PullBehavior::Always ||
              host_.config.pull_behavior == config::PullBehavior::Once,
          host_.facts.boot_id};
}

upkeep::Needs Daemon::upkeep_needs() {
  return {host_.images,   host_.containers, host_.inventory, *host_.journal,
          node_of(host_), host_.offload,    host_.clock,     [this] { return engine_.records(); }};
}

Async<local::AuditView> Daemon::audit(bool with_repair) {
  Async<upkeep::Audit> work = with_repair ? auditor_.repair() : auditor_.audit();
  BERTH_CO_TRY(const upkeep::Audit audit, co_await std::move(work));
  local::AuditView view;
  for (const ledger::Finding& one : audit.findings) view.findings.push_back(local::view_of(one));
  for (const ledger::Finding& one : audit.removed) view.removed.push_back(local::view_of(one));
  co_return view;
}

attachments::Needs Daemon::attachment_needs() {
  return {host_.attachments,
          host_.clock,
          [this](netns::MacAddress mac) { return arrivals_.is_there(mac); },
          [this](netns::MacAddress mac) { return arrivals_.await(mac); },
          [cluster = host_.config.cluster](const records::Attachment& attachment) {
            return outbox::attached_report(attachment, cluster);
          },
          [this](records::QueuedReport report) { outbox_.offer(std::move(report)); },
          [this](const std::string& task_arn) { return engine_.knows(task_arn); },
          [this](const std::string& task_arn, std::string text) {
            if (task_arn.empty()) return;
            host_.timeline.note(
                task_arn, {host_.clock.wall(), model::EntryKind::Seen, "", std::move(text), {}});
          }};
}

steps::AddressWatch::Needs Daemon::address_needs() {
  return {host_.tools, [this] { return engine_.records(); },
          [this](const std::string& task_arn, std::string text) {
            host_.timeline.note(
                task_arn, {host_.clock.wall(), model::EntryKind::Seen, "", std::move(text), {}});
          }};
}

Async<> Daemon::submit(records::Report report) {
  const Deadline by = Deadline::after(kSubmitLimit);
  Async<> call = report.call == records::ReportCall::Task
                     ? control_plane_.submit_task_state_change(std::move(report.body), by)
                     : control_plane_.submit_attachment_state_changes(std::move(report.body), by);
  Result<> sent = co_await std::move(call);
  co_return sent;
}

void Daemon::report_taken(const records::QueuedReport& taken) {
  attachments_.told(taken.sequence);
  progress_.cancel();
  if (!taken.report.final) return;
  vault_.forget(taken.report.task_arn, vault::Role::Execution);
  engine_.final_accepted(taken.report.task_arn);
}

Async<> Daemon::recover() {
  BERTH_CO_TRY(std::vector<model::Record> records, co_await host_.journal->load());
  const std::size_t count = records.size();
  BERTH_CO_TRY(const records::NodeIdentity identity, co_await host_.journal->identity());
  std::string instance_arn = identity.instance_arn;
  BERTH_CO_TRY(const std::vector<Unheld> unheld,
               co_await take_up_networks(records, std::move(instance_arn)));
  BERTH_CO_CHECK(co_await attachments_.recover());
  // From here on reports may be taken: nothing is waited for until the engine knows whose they are.
  BERTH_CO_CHECK(co_await outbox_.recover());
  attachments_.begin();
  for (const model::Record& record : records) {
    if (!record.admitted || record.released) continue;
    host_.tools.admission.hold(record.task.arn, plan::demand_of(record.task));
  }
  // Told, and taken: we ended before the record could say so.
  for (model::Record& record : records) {
    if (record.told == model::TaskStatus::Stopped && !outbox_.is_telling_of(record.task.arn)) {
      record.final_accepted = true;
    }
  }
  nursery_.start("timelines", host_.timeline.run());
  nursery_.start("containerd events", steps::watch_events(host_.events, engine_));
  nursery_.start("firewall", steps::watch_firewall(host_.tools));
  nursery_.start("network devices", arrivals_.run());
  nursery_.start("neighbours", steps::watch_neighbours(host_.tools));
  BERTH_CO_CHECK(co_await steps::tidy_up_plugins(host_.tools));
  engine_.recover(std::move(records));
  give_up_unheld(unheld);
  nursery_.start("links", steps::watch_links(
                              host_.tools, [this] { return engine_.records(); },
                              [this] {
                                addresses_.devices_changed();
                                lookout_.devices_changed();
                              }));
  nursery_.start("addresses", addresses_.run());
  const bool has_memory = count > 0 || !identity.instance_arn.empty();
  nursery_.start("settling in", settle_in(host_, auditor_, has_memory));
  nursery_.start("plugins", steps::ask_plugins(host_.tools));
  log::info("tasks taken up", {{"count", count}});
  co_return ok();
}

/// Another agent of the host may listen there; tasks run without, too.
Async<> Daemon::start_endpoints() {
  const std::string address = std::string(firewall::kEndpointAddress) + "/32";
  records::HostChange change{upkeep::kAddressChange, address, ""};
  BERTH_CO_CHECK(co_await host_.journal->note_host_change(std::move(change)));
  auto work = [address] { return upkeep::add_to_loopback(address); };
  Result<> added = co_await host_.offload.run(std::move(work));
  auto server =
      added ? endpoints::serve_endpoints(
                  firewall::kEndpointAddress, firewall::kEndpointPort,
                  [this](const std::string& device) { return task_behind(device); }, nursery_)
            : Result<std::unique_ptr<http::Server>>(added.error());
  if (server) {
    endpoint_server_ = std::move(*server);
  } else {
    log::warn("containers cannot ask the agent anything", {{"error", server.error().text()}});
  }
  co_return ok();
}

std::string Daemon::task_behind(const std::string& device) const {
  for (const auto& record : engine_.records()) {
    for (const std::string& name : plan::network_names_for(*record)) {
      if (netns::host_end_name(name) == device) return record->task.arn;
    }
  }
  return "";
}

/// Of what cannot be read now nothing is told.
asio::awaitable<void> Daemon::tell_use(model::Why& why) {
  std::shared_ptr<const model::Record> of;
  for (const auto& record : engine_.records()) {
    if (record->task.arn == why.task_arn) of = record;
  }
  const auto tell = [&of](const auto& use, auto& where) {
    if (use) {
      where = *use;
    } else {
      log::debug("what a task uses is not told",
                 {{"task", of->task.arn}, {"error", use.error().text()}});
    }
  };
  const Deadline by = Deadline::after(kKernelLimit);
  if (of && steps::has_networks(*of)) {
    auto look = [this, of] { return steps::network_use(host_.tools, *of); };
    tell(co_await host_.offload.run_until(std::move(look), by), why.network);
  }
  if (of && of->cgroup_ready && !of->released) {
    auto look = [this, of] { return steps::resource_use(host_.tools, *of); };
    tell(co_await host_.offload.run_until(std::move(look), by), why.resources);
  }
}

Async<model::Why> Daemon::why(std::string task_arn) {
  if (std::optional<model::Why> now = engine_.why(task_arn)) {
    co_await tell_use(*now);
    co_return *now;
  }
  BERTH_CO_TRY(const model::Timeline past, co_await host_.timeline.read(std::move(task_arn)));
  co_return engine::explain_past(past);
}

Result<> Daemon::start_admin() {
  local::AdminSources sources;
  sources.tasks = [this] {
    std::vector<local::TaskView> views;
    for (const auto& record : engine_.records()) views.push_back(local::view_of(*record));
    return views;
  };
  sources.files = [this] { return file_views(); };
  sources.version = [this] {
    return local::VersionView{launch_.version.version, host_.config.cluster, instance_arn_,
                              ::getpid()};
  };
  sources.audit = [this](bool with_repair) { return audit(with_repair); };
  sources.drain = [this](bool begin) { return drain(begin); };
  sources.remembered = [this] { return host_.timeline.tasks(); };
  sources.timeline = [this](std::string task_arn) {
    return host_.timeline.read(std::move(task_arn));
  };
  sources.why = [this](std::string task_arn) { return why(std::move(task_arn)); };
  sources.plan = [this](const std::string& definition, bool is_of_a_file) {
    return plan_for(definition, is_of_a_file);
  };
  sources.membership = [this](std::chrono::seconds wait) { return membership(wait); };
  http::Listen where;
  where.unix_path = host_.config.run_dir + "/berthd.sock";
  where.inherited_fd = launch_.admin_socket.value_or(-1);
  BERTH_TRY(admin_, local::serve_admin(std::move(where), std::move(sources), nursery_));
  return ok();
}

void Daemon::connect_sessions(const std::string& instance_arn, const std::string& engine_version) {
  const std::string& cluster = host_.config.cluster;
  const client::Identity who{cluster, instance_arn, launch_.version.version, launch_.version.hash,
                             engine_version};
  const client::LinkTools tools{signer_, host_.clock, random_,
                                client::websocket_connect({host_.config.ca_bundle}),
                                client::user_agent(launch_.version.version)};
  endpoints_.emplace(control_plane_, host_.clock, cluster, instance_arn);
  inbox_.emplace(inbox::Needs{
      engine_, *host_.journal, vault_, host_.clock,
      [this](const model::Task& task) { return place(task); },
      [this](records::Attachment one) { return attachments_.announce(std::move(one)); },
      [this](std::string frame) { return session_->send(std::move(frame)); },
      [this](model::ClusterNetwork told) { return follow_network(std::move(told)); }, rules(),
      cluster, instance_arn,
      [this](const model::Task& task) { return networks_->objection(task); }});
  session_.emplace(client::TaskSession::Needs{[this](protocol::Envelope envelope) {
                                                return inbox_->receive(std::move(envelope));
                                              },
                                              [this](bool is_connected) {
                                                if (is_connected) outbox_.try_now();
                                                if (is_connected) connected_.cancel();
                                                note_status();
                                              },
                                              [this] { telemetry_->drop(); }},
                   who, *endpoints_, tools);
  telemetry_.emplace(
      client::TelemetrySession::Needs{hear_telemetry, [this](bool) { health_->session_changed(); }},
      who, *endpoints_, tools);
  health_.emplace(
      outbox::HealthPublisher::Needs{
          [this] { return engine_.records(); }, [this] { return telemetry_->is_connected(); },
          [this](std::string frame) { return telemetry_->send(std::move(frame)); }, cluster,
          instance_arn},
      host_.clock, executor_);
}

Async<> Daemon::live(std::string instance_arn) {
  instance_arn_ = instance_arn;
  const Deadline by = Deadline::after(kEngineLimit);
  Result<std::string> engine = co_await runtime::engine_version(host_.connection, by);
  const std::string engine_version = engine ? "containerd/" + *engine : "";
  connect_sessions(instance_arn, engine_version);
  nursery_.start("task session", session_->run());
  nursery_.start("telemetry session", telemetry_->run());
  nursery_.start("health", health_->run());
  co_return ok();
}

void Daemon::note_change(const model::Record& record) {
  if (record.released) give_back_addresses(record);
  if (record.known == model::TaskStatus::Stopped) {
    vault_.forget(record.task.arn, vault::Role::Application);
  }
  addresses_.changed(record);
  if (health_) health_->changed();
  if (networks_) networks_->changed(record);
  if (standing_) standing_->changed(record);
  progress_.cancel();
  note_status();
}

local::DrainView Daemon::drain(bool begin) {
  if (begin && !drain_.draining) {
    log::info("draining: every task is stopped, none is taken");
    drain_.draining = true;
    stop_tasks("it is drained");
    nursery_.start("telling of the drain", tell_draining());
    note_status();
  }
  drain_.running = 0;
  for (const auto& record : engine_.records()) {
    if (record->known != model::TaskStatus::Stopped) ++drain_.running;
  }
  drain_.unsent = static_cast<std::int64_t>(outbox_.waiting());
  return drain_;
}

/// All of them: files ask for none again.
void Daemon::stop_tasks(const std::string& why) {
  if (standing_) standing_->pause();
  engine_.drain(why);
}

/// A control plane that cannot be told places tasks all the same; they are refused here.
Async<> Daemon::tell_draining() {
  std::string cluster = host_.config.cluster;
  std::string instance = instance_arn_;
  const Deadline by = Deadline::after(kSubmitLimit);
  Result<> told =
      co_await control_plane_.drain_instance(std::move(cluster), std::move(instance), by);
  if (!told) drain_.control_plane = told.error().message;
  co_return told;
}

Async<> Daemon::serve() {
  BERTH_CO_CHECK(open_notifier());
  BERTH_CO_CHECK(co_await recover());
  BERTH_CO_CHECK(co_await keep_networks());
  keep_standing();
  BERTH_CO_CHECK(start_admin());
  BERTH_CO_CHECK(co_await start_endpoints());
  heed_shutdowns();
  // Tasks are looked after from here on, whether or not the control plane can be reached.
  tell_service_manager(notifier_->ready());
  note_status();
  BERTH_CO_CHECK(co_await node::await_clock(host_.clock, launch_.version.built, until_wall_clock));
  node::Offer offer = offer_of(host_.config);
  model::NodeFacts facts = host_.facts;
  if (launch_.ec2) {
    http::Url service = *launch_.ec2;
    BERTH_CO_TRY(facts.ec2, co_await node::await_ec2(std::move(service), host_.clock));
  }
  BERTH_CO_TRY(const node::Joined joined,
               co_await node::join(control_plane_, *host_.journal, host_.clock, std::move(offer),
                                   std::move(facts)));
  // A stop may come while something is waited for that does not hear it, such as a write of the
  // store.
  bool stops = co_await is_cancelled();
  if (stops) co_return ok();
  instance_status_ = joined.status;
  std::string instance_arn = joined.instance_arn;
  BERTH_CO_CHECK(co_await live(std::move(instance_arn)));
  stops = co_await is_cancelled();
  if (!stops) co_await stopped_.async_wait(use_result);
  co_return ok();
}

Async<> Daemon::run() {
  using namespace asio::experimental::awaitable_operators;
  // Registering may take for ever; a stop must end that, too.
  std::variant<Result<>, std::monostate> first =
      co_await (detail::quietly(serve()) || detail::wait_for_cancel(stopped_));
  Result<> outcome = first.index() == 0 ? std::get<0>(std::move(first)) : ok();
  if (notifier_) tell_service_manager(notifier_->stopping());
  if (outcome) co_await leave_with_system();
  log::info("stopping");
  BERTH_CO_CHECK(co_await nursery_.stop());
  BERTH_CO_CHECK(co_await outbox_.stop());
  BERTH_CO_CHECK(co_await engine_.stop());
  BERTH_CO_CHECK(co_await attachments_.stop());
  BERTH_CO_CHECK(co_await addresses_.stop());
  BERTH_CO_CHECK(co_await lookout_.stop());
  co_return outcome;
}

void Daemon::stop() {
  stopped_.cancel();
}

}  // namespace berth::agent
