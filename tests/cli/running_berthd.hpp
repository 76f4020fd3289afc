// running_berthd.hpp - the admin API on a thread of its own, with tasks that a test sets.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "agent/local/admin_server.hpp"
#include "base/nursery.hpp"

namespace berth::testing {

class RunningBerthd {
 public:
  explicit RunningBerthd(const std::string& socket) : nursery_(io_.get_executor()) {
    auto server =
        local::serve_admin({"", 0, socket},
                           {[this] {
                              const std::lock_guard hold(mutex_);
                              return tasks_;
                            },
                            [] {
                              local::FileView file;
                              file.name = "bad.json";
                              file.complaint = "cpu: why";
                              return std::vector{file};
                            },
                            [] { return local::VersionView{"9.8.7", "lab", "arn:instance", 42}; },
                            [this](bool with_repair) { return audit(with_repair); },
                            [this](bool) {
                              const std::lock_guard hold(mutex_);
                              local::DrainView now{true, still_running_, 0, ""};
                              if (still_running_ > 0) --still_running_;
                              return now;
                            },
                            no_others,
                            timeline_of,
                            why_of,
                            plan_of,
                            {}},
                           nursery_);
    EXPECT_TRUE(server) << server.error().text();
    server_ = std::move(*server);
    thread_ = std::thread([this] { io_.run(); });
  }
  ~RunningBerthd() {
    asio::co_spawn(io_, nursery_.stop(), [](std::exception_ptr, Result<>) {});
    thread_.join();
  }

  /// What it finds; a repair removes the orphans.
  void set_findings(std::vector<local::FindingView> findings) {
    const std::lock_guard hold(mutex_);
    findings_ = std::move(findings);
  }

  void set(std::vector<local::TaskView> tasks) {
    const std::lock_guard hold(mutex_);
    tasks_ = std::move(tasks);
  }

 private:
  Async<local::AuditView> audit(bool with_repair) {
    const std::lock_guard hold(mutex_);
    local::AuditView view;
    for (const local::FindingView& finding : findings_) {
      const bool is_removed = with_repair && finding.kind == "orphan";
      (is_removed ? view.removed : view.findings).push_back(finding);
    }
    findings_ = view.findings;
    co_return view;
  }
  static Async<std::vector<std::string>> no_others() { co_return std::vector<std::string>{}; }
  static Async<model::Timeline> timeline_of(std::string arn) {
    const model::Entry line{{}, model::EntryKind::Accepted, "", "accepted shop:7", {}};
    co_return model::Timeline{arn, {line}, 0, 0};
  }
  static Async<model::Why> why_of(std::string arn) {
    const model::Waiting waiting{"container db (HEALTHY), which web depends on", {}, {}, ""};
    co_return model::Why{arn, "PENDING", {}, waiting, {}};
  }

  /// A definition that begins with "bad" would not run.
  static local::PlanView plan_of(const std::string& definition, bool is_of_a_file) {
    local::PlanView plan;
    plan.sender = is_of_a_file ? "file" : "amazon-ecs";
    plan.from = is_of_a_file ? "/etc/berth/tasks.d" : "https://ecs.here";
    if (definition.starts_with("bad")) plan.refusal = "pidMode \"task\": no";
    plan.remarks = {{"family", "honoured", "names the task"},
                    {"memory", "honoured", "a limit"},
                    {"tags", "ignored", "stay there"}};
    return plan;
  }

  asio::io_context io_{1};
  Nursery nursery_;
  std::unique_ptr<http::Server> server_;
  std::mutex mutex_;
  std::int64_t still_running_ = 2;  ///< one less each time a drain is asked about
  std::vector<local::TaskView> tasks_;
  std::vector<local::FindingView> findings_;
  std::thread thread_;
};

}  // namespace berth::testing
