// examine.cpp - opens the doors, has the checks made, shows them.
#include "agent/examine.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <iostream>

#include "agent/doctor/doctor.hpp"
#include "agent/doctor/show.hpp"
#include "agent/host.hpp"
#include "base/log.hpp"
#include "controlplane/client/ecs.hpp"

namespace berth::agent {

namespace {

constexpr std::size_t kThreads = 4;
constexpr std::size_t kMostThreads = 16;  // when calls hang in the kernel

/// The settings to look at the node with where its own cannot be used.
Result<config::Loaded> defaults() {
  BERTH_TRY(const std::string self, config::own_directory());
  return config::load({}, {}, self);
}

Result<doctor::Findings> run_checks(asio::io_context& io, const doctor::Needs& needs) {
  Result<doctor::Findings> outcome;
  asio::co_spawn(io, doctor::examine_node(needs),
                 [&outcome, &io](std::exception_ptr bug, Result<doctor::Findings> findings) {
                   if (bug) std::rethrow_exception(bug);
                   outcome = std::move(findings);
                   io.stop();
                 });
  io.run();
  return outcome;
}

int show(const Result<doctor::Findings>& findings, bool as_json, std::ostream& out) {
  if (!findings) {
    std::cerr << "berthd: " << findings.error().message << '\n';
    return 1;
  }
  out << (as_json ? doctor::json_of(*findings) : doctor::table_of(*findings)) << std::flush;
  return doctor::count(*findings).errors == 0 ? 0 : 1;
}

}  // namespace

int examine(Result<config::Loaded> loaded, bool as_json, const std::string& version, WallTime built,
            std::ostream& out) {
  log::set_level(log::Level::Critical);  // what is wrong is a finding
  Result<config::Loaded> used = loaded ? loaded : defaults();
  const Result<Dir> root = Dir::open("/");
  if (!used || !root) return show(used ? root.error() : used.error(), as_json, out);
  asio::io_context io(1);
  const SystemClock clock;
  Offload offload(kThreads, kMostThreads);
  SystemSpawner spawner;
  const config::Config& config = used->config;
  containerd_api::Connection connection(io.get_executor(), config.containerd_address,
                                        config.containerd_namespace);
  const std::string oci_runtime = oci_runtime_of(*used);
  const doctor::Needs needs{std::move(loaded),
                            *used,
                            *root,
                            clock,
                            offload,
                            spawner,
                            connection,
                            netns::open_netlink,
                            containers_options(*used).search_path,
                            oci_runtime.empty() ? "runc" : oci_runtime,
                            images_options(*used).snapshotter,
                            version,
                            client::user_agent(version),
                            built};
  const int status = show(run_checks(io, needs), as_json, out);
  // A name server that is silent, or a disk: the call that waits for it is not waited for.
  std::_Exit(status);
}

}  // namespace berth::agent
