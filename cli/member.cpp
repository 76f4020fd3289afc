// member.cpp - ACTIVE and connected, or why not.
#include "cli/member.hpp"

#include "agent/model/cluster.hpp"

namespace berth::cli {

namespace {

constexpr const char* kActive = "ACTIVE";
constexpr const char* kDraining = "DRAINING";

/// Why it is not yet what it is to be.
std::string lack_of(const local::MembershipView& view) {
  if (view.container_instance.empty()) return "not registered";
  if (!view.connected) return "registered as " + view.container_instance + ", not connected";
  return "connected as " + view.container_instance + ", which is " +
         (view.status.empty() ? "of no status that the control plane tells" : view.status) +
         " and is given no tasks until it is ACTIVE";
}

}  // namespace

bool is_settled(const local::MembershipView& view, const std::string& cluster) {
  if (!view.connected) return false;
  return view.status == kActive || view.status == kDraining ||
         !model::is_same_cluster(view.cluster, cluster);
}

Result<std::string> judge_member(const local::MembershipView& view, const std::string& cluster,
                                 std::chrono::seconds patience) {
  if (!model::is_same_cluster(view.cluster, cluster)) {
    return Error{Errc::Invalid, 0,
                 "the berthd that answers has cluster " + view.cluster + ": start it again"};
  }
  if (view.connected && view.status == kActive) {
    return "joined cluster " + view.cluster + ", connected as " + view.container_instance;
  }
  if (view.connected && view.status == kDraining) {
    return Error{Errc::Invalid, 0,
                 view.container_instance +
                     " is connected, and DRAINING: it is given no tasks until\n"
                     "  aws ecs update-container-instances-state --cluster " +
                     view.cluster + " --container-instances " + view.container_instance +
                     " --status ACTIVE"};
  }
  return Error{Errc::TimedOut, 0,
               "after " + std::to_string(patience.count()) + " s " + lack_of(view) +
                   (view.last_error.empty() ? "" : ": " + view.last_error) +
                   "\n  berthd goes on trying: berth version and journalctl -u berthd tell"};
}

}  // namespace berth::cli
