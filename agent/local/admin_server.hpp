// admin_server.hpp - answers the admin API on a unix socket that only root can open.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/local/admin.hpp"
#include "agent/local/membership.hpp"
#include "agent/local/plan_view.hpp"
#include "agent/local/why.hpp"
#include "base/async.hpp"
#include "base/http/server.hpp"

namespace berth::local {

/// Where the answers come from. Called on the loop thread, once for each request that needs it;
/// must not block. `audit` looks at the whole node, and with true puts it in order first.
struct AdminSources {
  std::function<std::vector<TaskView>()> tasks;
  std::function<std::vector<FileView>()> files;
  std::function<VersionView()> version;
  std::function<Async<AuditView>(bool with_repair)> audit;
  std::function<DrainView(bool begin)> drain;
  /// ARNs of all tasks that have a timeline: cleaned up ones, too.
  std::function<Async<std::vector<std::string>>()> remembered;
  std::function<Async<model::Timeline>(std::string task_arn)> timeline;
  std::function<Async<model::Why>(std::string task_arn)> why;
  /// What would come of a definition that the control plane sends, or that is in a file.
  std::function<PlanView(const std::string& definition, bool is_of_a_file)> plan;
  /// As it is; with a wait when it is connected, or has not been for so long.
  std::function<Async<MembershipView>(std::chrono::seconds wait)> membership;
};

/// The answer to one request.
Async<http::Response> answer_admin(std::shared_ptr<const AdminSources> sources,
                                   http::Request request);

/// Serves in `nursery` for as long as the Server lives.
///
/// where:  a unix socket: one that listens already, or a path; its directory must exist, and the
///         socket made there has mode 0600.
/// fails:  as http::Server::start.
Result<std::unique_ptr<http::Server>> serve_admin(http::Listen where, AdminSources sources,
                                                  Nursery& nursery);

}  // namespace berth::local
