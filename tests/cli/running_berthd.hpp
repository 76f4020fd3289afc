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
        local::serve_admin(socket,
                           {[this] {
                              const std::lock_guard hold(mutex_);
                              return tasks_;
                            },
                            [] { return local::VersionView{"9.8.7", "lab", "arn:instance", 42}; }},
                           nursery_);
    EXPECT_TRUE(server) << server.error().text();
    server_ = std::move(*server);
    thread_ = std::thread([this] { io_.run(); });
  }
  ~RunningBerthd() {
    asio::co_spawn(io_, nursery_.stop(), [](std::exception_ptr, Result<>) {});
    thread_.join();
  }

  void set(std::vector<local::TaskView> tasks) {
    const std::lock_guard hold(mutex_);
    tasks_ = std::move(tasks);
  }

 private:
  asio::io_context io_{1};
  Nursery nursery_;
  std::unique_ptr<http::Server> server_;
  std::mutex mutex_;
  std::vector<local::TaskView> tasks_;
  std::thread thread_;
};

}  // namespace berth::testing
