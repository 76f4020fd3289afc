// doctor.cpp - which checks there are, in the order they are shown.
#include "agent/doctor/doctor.hpp"

#include <unistd.h>

#include "agent/doctor/cgroups.hpp"
#include "agent/doctor/clock.hpp"
#include "agent/doctor/disk.hpp"
#include "agent/doctor/endpoint.hpp"
#include "agent/doctor/engine.hpp"
#include "agent/doctor/examine.hpp"
#include "agent/doctor/filter.hpp"
#include "agent/doctor/kernel.hpp"
#include "agent/doctor/keys.hpp"
#include "agent/doctor/limits.hpp"
#include "agent/doctor/names.hpp"
#include "agent/doctor/network.hpp"
#include "agent/doctor/programs.hpp"
#include "agent/doctor/session.hpp"
#include "agent/doctor/settings.hpp"
#include "agent/doctor/units.hpp"
#include "agent/doctor/words.hpp"
#include "base/text.hpp"

namespace berth::doctor {

namespace {

constexpr std::chrono::seconds kQuick{5};
constexpr std::chrono::seconds kProgramsTake{15};  // three, on a machine that does other things
constexpr std::chrono::seconds kHopsTake{8};
constexpr std::chrono::seconds kCallTakes{8};
constexpr std::chrono::seconds kBerthdTakes{10};
constexpr const char* kContainerdRoot = "/var/lib/containerd";  // source: containerd, config "root"

const config::Config& config_of(const Needs* needs) {
  return needs->used.config;
}

Async<Findings> check_user(const Needs*, Deadline) {
  co_return Findings{judge_user(::geteuid())};
}

Async<Findings> check_settings(const Needs* needs, Deadline) {
  co_return judge_settings(needs->loaded);
}

Async<Findings> check_kernel(const Needs* needs, Deadline by) {
  auto look = [root = &needs->root, driver = config_of(needs).eni_driver]() -> Result<Findings> {
    return judge_kernel(look_at_kernel(*root, driver));
  };
  Result<Findings> findings = co_await needs->offload.run_until(std::move(look), by);
  co_return findings;
}

Async<Findings> check_cgroups(const Needs* needs, Deadline by) {
  const config::Config& config = config_of(needs);
  auto look = [root = &needs->root,
               wish = cgroups::HomeWish{config.cgroup_driver, config.cgroup_parent}] {
    const CgroupFacts facts = look_at_cgroups(*root);
    Findings findings = judge_cgroups(facts);
    if (facts.failure.empty()) findings.push_back(judge_cgroup_driver(facts, wish));
    return Result<Findings>(std::move(findings));
  };
  Result<Findings> findings = co_await needs->offload.run_until(std::move(look), by);
  co_return findings;
}

Async<Findings> check_room(const Needs* needs, std::string what, std::string path, Deadline by) {
  auto look = [path = std::move(path)] { return room_of(path); };
  Result<Room> room = co_await needs->offload.run_until(std::move(look), by);
  if (!room) co_return Findings{unknown("disk", what, room.error().message)};
  co_return judge_room(what, *room);
}

/// Where images are is known to containerd only.
Async<Findings> check_engine(const Needs* needs, Deadline by) {
  Result<Engine> engine = co_await ask_engine(&needs->connection, by);
  if (!engine) co_return std::move(engine).error();
  Findings findings =
      judge_engine(*engine, config_of(needs).containerd_namespace, needs->snapshotter);
  const std::string what = "containerd's root";
  std::string path = root_of(*engine, needs->snapshotter).value_or("");
  if (path.empty() && needs->root.is_dir(std::string(kContainerdRoot).substr(1))) {
    path = kContainerdRoot;
  }
  if (path.empty()) {
    findings.push_back(unknown("disk", what, "containerd does not say where it is"));
    co_return findings;
  }
  Result<Findings> room = co_await check_room(needs, what, std::move(path), by);
  if (room) add(findings, std::move(*room));
  co_return findings;
}

Async<Findings> check_data_dir(const Needs* needs, Deadline by) {
  std::string path = config_of(needs).data_dir;
  Result<Findings> findings = co_await check_room(needs, "data directory", std::move(path), by);
  co_return findings;
}

Async<Findings> check_runtimes(const Needs* needs, Deadline by) {
  const std::string& runtime = config_of(needs).runtime;
  std::string shim_name = shim_of(runtime);
  Program shim;
  if (!shim_name.empty()) {
    BERTH_CO_TRY(shim, co_await ask_program(&needs->spawner, std::move(shim_name),
                                            needs->search_path, "-v", by));
  }
  Findings findings{judge_shim(runtime, shim)};
  const CgroupFacts cgroups = look_at_cgroups(needs->root);
  std::vector<std::string> names{needs->oci_runtime};
  const std::string& nvidia = config_of(needs).nvidia_runtime;
  if (config_of(needs).gpu_support) {
    names.push_back(nvidia == "nvidia" ? "nvidia-container-runtime" : nvidia);
  }
  for (const std::string& name : names) {
    BERTH_CO_TRY(const Program program,
                 co_await ask_program(&needs->spawner, name, needs->search_path, "--version", by));
    findings.push_back(judge_oci_runtime(program, cgroups));
  }
  co_return findings;
}

Async<Findings> check_helpers(const Needs* needs, Deadline by) {
  Findings findings;
  for (const char* name : {"berth-pull", "berth-logger"}) {
    std::string path = config_of(needs).libexec_dir + "/" + name;
    BERTH_CO_TRY(const Program helper, co_await ask_program(&needs->spawner, std::move(path),
                                                            needs->search_path, "--version", by));
    findings.push_back(judge_helper(helper, needs->version));
  }
  co_return findings;
}

Async<Findings> check_network(const Needs* needs, Deadline by) {
  auto look = [root = &needs->root, open = needs->open_netlink,
               driver = config_of(needs).eni_driver,
               parent = config_of(needs).eni_parent]() -> Result<Findings> {
    BERTH_TRY(const std::unique_ptr<netns::Netlink> netlink, open());
    return judge_network(look_at_network(*netlink, *root, driver, parent));
  };
  Result<Findings> findings = co_await needs->offload.run_until(std::move(look), by);
  co_return findings;
}

/// Asking nftables would load it. Who has rules of iptables-legacy needs none of it.
Result<firewall::Neighbours> look_around(const Dir& root, const std::string& own_table) {
  if (!would_be_loaded(root, "nfnetlink") && !would_be_loaded(root, "nf_tables")) {
    return firewall::look_around(own_table);
  }
  firewall::Neighbours around;
  const Result<std::string> tables = root.read("proc/self/net/ip_tables_names");
  around.has_legacy_rules = tables && has_word(words_of(*tables), "filter");
  return around;
}

Async<Findings> check_firewall(const Needs* needs, Deadline by) {
  auto look = [root = &needs->root, own = config_of(needs).containerd_namespace,
               is_integrated = config_of(needs).firewall_integration]() -> Result<Findings> {
    BERTH_TRY(firewall::Neighbours around, look_around(*root, own));
    return judge_filter({std::move(around), is_integrated, is_program(firewall::kFirewallCmd)});
  };
  Result<Findings> findings = co_await needs->offload.run_until(std::move(look), by);
  co_return findings;
}

Async<Findings> check_time(const Needs* needs, Deadline) {
  co_return Findings{judge_time(needs->clock.wall(), needs->built)};
}

Async<Findings> check_names(const Needs* needs, Deadline) {
  co_return Findings{judge_resolver(needs->root.read("etc/resolv.conf"))};
}

Async<Findings> check_keys(const Needs* needs, Deadline) {
  const KeyFacts facts = look_at_keys(aws::key_places(needs->used.environment));
  co_return judge_keys(facts, needs->clock.wall());
}

/// The way, the clock at its end, and what the control plane says to our keys.
Async<Findings> check_endpoint(const Needs* needs, Deadline by) {
  const config::Config& config = config_of(needs);
  if (config.backend_url.empty()) {
    co_return Findings{unknown("endpoint", "url", "no region, so no endpoint: see configuration")};
  }
  BERTH_CO_TRY(const http::Url url, http::parse_url(config.backend_url));
  const http::TlsOptions tls{config.ca_bundle};
  EndpointNeeds way{url, tls, needs->clock};
  const Deadline soon = earlier(by, Deadline::after(kHopsTake));
  BERTH_CO_TRY(const Reach reached, co_await reach(std::move(way), soon));
  Findings findings = judge_reach(reached);
  if (reached.failure.empty()) {
    CallNeeds call{url,           tls,
                   needs->clock,  aws::key_places(needs->used.environment),
                   config.region, needs->user_agent};
    const Result<aws::Reply> reply = co_await call_signed(std::move(call), by);
    findings.push_back(judge_auth(reply));
  } else {
    findings.push_back(auth_not_tried());
  }
  findings.push_back(judge_skew(reached.came, reached.date));
  co_return findings;
}

Async<Findings> check_units(const Needs* needs, Deadline by) {
  const Deadline soon = earlier(by, Deadline::after(kQuick));
  BERTH_CO_TRY(const UnitFacts facts, co_await look_at_units(&needs->spawner, &needs->root, soon));
  Findings findings = judge_units(facts, config_of(needs).stop_timeout);
  add(findings, judge_limits(facts, needs->root.read("proc/self/limits")));
  if (std::optional<Finding> unasked = judge_unasked(facts)) {
    findings.push_back(std::move(*unasked));
    co_return findings;
  }
  std::string socket = config_of(needs).run_dir + "/berthd.sock";
  const Result<local::MembershipView> said = co_await ask_berthd(std::move(socket), by);
  findings.push_back(judge_session(said));
  co_return findings;
}

using Make = Async<Findings> (*)(const Needs* needs, Deadline by);
struct Row {
  const char* area;
  const char* what;
  std::chrono::seconds limit;
  Make make;
};

constexpr Row kRows[] = {
    {"configuration", "settings", kQuick, check_settings},
    {"privileges", "root", kQuick, check_user},
    {"kernel", "features", kQuick, check_kernel},
    {"cgroups", "hierarchies", kQuick, check_cgroups},
    {"containerd", "socket", kQuick, check_engine},
    {"shutdown", "units", kQuick + kBerthdTakes, check_units},
    {"runtime", "programs", kProgramsTake, check_runtimes},
    {"helpers", "programs", kProgramsTake, check_helpers},
    {"disk", "data directory", kQuick, check_data_dir},
    {"network", "devices", kQuick, check_network},
    {"firewall", "others' rules", kQuick, check_firewall},
    {"clock", "time", kQuick, check_time},
    {"dns", "/etc/resolv.conf", kQuick, check_names},
    {"credentials", "place", kQuick, check_keys},
    {"endpoint", "way", kHopsTake + kCallTakes, check_endpoint},
};

}  // namespace

Async<Findings> examine_node(const Needs& needs) {
  std::vector<Check> checks;
  for (const Row& row : kRows) {
    auto make = [&needs, make = row.make](Deadline by) { return make(&needs, by); };
    checks.push_back({row.area, row.what, row.limit, std::move(make)});
  }
  Result<Findings> findings = co_await examine(std::move(checks));
  co_return findings;
}

}  // namespace berth::doctor
