// membership.cpp - the identity is forgotten only when the other side has forgotten it.
#include "agent/membership.hpp"

#include <boost/asio/io_context.hpp>

#include "aws/call.hpp"
#include "base/log.hpp"
#include "controlplane/client/ecs.hpp"

namespace berth::agent {

namespace {

constexpr std::chrono::seconds kCallLimit{42};  // source: reference API, "HTTP client numbers"

Async<local::StateView> look(records::SqliteJournal* journal, std::string backend) {
  BERTH_CO_TRY(const records::NodeIdentity identity, co_await journal->identity());
  BERTH_CO_TRY(const std::vector<model::Record> records, co_await journal->load());
  local::StateView view{identity.cluster, identity.instance_arn, std::move(backend), 0, true};
  for (const model::Record& record : records) {
    if (record.known != model::TaskStatus::Stopped) ++view.tasks;
  }
  co_return view;
}

}  // namespace

Result<local::StateView> membership_on_disk(const config::Config& config) {
  local::StateView nothing{"", "", config.backend_url, 0, false};
  const Result<Dir> data = Dir::open(config.data_dir);
  if (data.failed_with(Errc::NotFound)) return nothing;
  if (!data) return Error(data.error());
  if (!data->exists("berth.db")) return nothing;
  BERTH_TRY(const auto journal, records::SqliteJournal::open(config.data_dir + "/berth.db"));
  asio::io_context io(1);
  Result<local::StateView> view;
  asio::co_spawn(io, look(journal.get(), config.backend_url),
                 [&view](std::exception_ptr bug, Result<local::StateView> seen) {
                   if (bug) std::rethrow_exception(bug);
                   view = std::move(seen);
                 });
  io.run();
  return view;
}

Async<> deregister(Host& host, Farewell farewell) {
  BERTH_CO_TRY(const records::NodeIdentity identity, co_await host.journal->identity());
  if (identity.instance_arn.empty()) {
    log::info("registered nowhere");
    co_return ok();
  }
  http::Client http(http::TlsOptions{host.config.ca_bundle});
  aws::Scope scope{host.config.region, std::string(client::kEcsSigningName)};
  aws::Signer signer(farewell.credentials, host.clock, std::move(scope));
  aws::Caller caller(http, signer,
                     client::ecs_endpoint(farewell.backend, client::user_agent(farewell.version)));
  client::EcsControlPlane control_plane(caller);
  std::string cluster = identity.cluster;
  std::string arn = identity.instance_arn;
  const Deadline by = Deadline::after(kCallLimit);
  Result<> told =
      co_await control_plane.deregister_instance(std::move(cluster), std::move(arn), by);
  if (!told && !told.failed_with(Errc::NotFound)) co_return told;
  records::NodeIdentity nobody;
  BERTH_CO_CHECK(co_await host.journal->keep_identity(std::move(nobody)));
  log::info("deregistered", {{"cluster", identity.cluster}, {"instance", identity.instance_arn}});
  co_return ok();
}

}  // namespace berth::agent
