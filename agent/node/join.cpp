// join.cpp - the registration, retried.
#include "agent/node/join.hpp"

#include "agent/model/cluster.hpp"
#include "base/backoff.hpp"
#include "base/log.hpp"

namespace berth::node {

namespace {

constexpr std::chrono::seconds kCallLimit{42};  // source: reference API, "HTTP client numbers"
constexpr const char* kDefaultCluster = "default";

Async<Joined> register_once(client::ControlPlane& control_plane,
                            protocol::RegisterContainerInstanceRequest request) {
  const std::vector<protocol::Attribute> sent = request.attributes;
  const Deadline by = Deadline::after(kCallLimit);
  BERTH_CO_TRY(const protocol::RegisterContainerInstanceResponse answer,
               co_await control_plane.register_instance(std::move(request), by));
  BERTH_CO_CHECK(check_echo(sent, answer.container_instance.attributes));
  Joined joined{answer.container_instance.container_instance_arn, answer.container_instance.status};
  co_return joined;
}

Result<> check_cluster(const records::NodeIdentity& known, const std::string& configured) {
  if (known.cluster.empty() || model::is_same_cluster(known.cluster, configured)) return ok();
  return Error{Errc::Invalid, 0,
               "ECS_CLUSTER \"" + configured +
                   "\": the state in ECS_DATADIR belongs to cluster \"" + known.cluster +
                   "\"; set that cluster, or leave it with berth leave first"};
}

/// Waits, unless the failure is final. Makes the default cluster when that is what is missing.
Async<> after_failure(client::ControlPlane& control_plane, Clock& clock, std::string cluster,
                      Error why, std::chrono::milliseconds wait) {
  if (why.code == Errc::Cancelled || why.code == Errc::Invalid) co_return why;
  if (why.code == Errc::NotFound && cluster == kDefaultCluster) {
    const Deadline by = Deadline::after(kCallLimit);
    Result<> made = co_await control_plane.create_cluster(std::move(cluster), by);
    if (made) co_return ok();
  }
  log::warn("registration failed, trying again",
            {{"wait_ms", wait.count()}, {"error", why.text()}});
  Result<> slept = co_await clock.sleep(wait);
  co_return slept;
}

}  // namespace

Async<Joined> join(client::ControlPlane& control_plane, records::NodeBook& book, Clock& clock,
                   Offer offer, model::NodeFacts facts) {
  BERTH_CO_TRY(const records::NodeIdentity known, co_await book.identity());
  BERTH_CO_CHECK(check_cluster(known, offer.cluster));
  Random random;
  Backoff backoff({std::chrono::seconds(1), std::chrono::seconds(192), 2.0, 0.2});
  BERTH_CO_TRY(const protocol::RegisterContainerInstanceRequest request,
               registration_for(offer, facts, known.instance_arn, random.uuid()));
  while (true) {
    protocol::RegisterContainerInstanceRequest copy = request;
    Result<Joined> joined = co_await register_once(control_plane, std::move(copy));
    if (joined) {
      records::NodeIdentity identity{offer.cluster, joined->instance_arn};
      BERTH_CO_CHECK(co_await book.keep_identity(std::move(identity)));
      log::info("registered", {{"cluster", offer.cluster}, {"instance", joined->instance_arn}});
      co_return *joined;
    }
    const std::chrono::milliseconds wait = backoff.next(random);
    std::string cluster = offer.cluster;
    Error why = joined.error();
    BERTH_CO_CHECK(
        co_await after_failure(control_plane, clock, std::move(cluster), std::move(why), wait));
  }
}

}  // namespace berth::node
