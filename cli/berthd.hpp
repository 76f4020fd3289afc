// berthd.hpp - asks berthd on its unix socket; each call waits for its answer.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "agent/local/admin.hpp"
#include "agent/local/membership.hpp"
#include "agent/local/plan_view.hpp"
#include "agent/local/why.hpp"
#include "base/http/message.hpp"
#include "base/result.hpp"

namespace berth::cli {

/// What runs on the node.
struct NodeTasks {
  std::vector<local::TaskView> tasks;
  std::vector<local::FileView> files;
};

/// The running agent, as seen from outside. Any thread; holds nothing between calls.
class Berthd {
 public:
  explicit Berthd(std::string socket) : socket_(std::move(socket)) {}

  /// All fail: Unavailable (no answer; the message names the socket), NotFound (no such task),
  /// Invalid (the beginning of an id fits several; the message lists them), Broken (not the answer
  /// of a berthd).
  Result<local::VersionView> version() const;
  Result<NodeTasks> tasks() const;
  Result<local::LogsView> logs(const std::string& task) const;
  Result<model::Why> why(const std::string& task) const;
  Result<model::Timeline> timeline(const std::string& task) const;
  /// is_local: the definition is a file's, not what a control plane would send.
  Result<local::PlanView> plan(std::string definition, bool is_local) const;
  /// with_repair: what nobody owns is removed first.
  Result<local::AuditView> audit(bool with_repair) const;
  Result<local::DrainView> drain(bool begin) const;
  /// When it is connected; not connected when it has not been for `wait`.
  Result<local::MembershipView> membership(std::chrono::seconds wait) const;

 private:
  Result<std::string> get(const std::string& target) const;
  Result<std::string> ask(http::Request request, std::chrono::seconds patience) const;

  std::string socket_;
};

}  // namespace berth::cli
