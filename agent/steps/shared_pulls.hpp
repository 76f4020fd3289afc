// shared_pulls.hpp - one download for all who want the same image at the same time.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/runtime.hpp"

namespace berth::steps {

/// One instance for the daemon; loop thread. Who asks for an image that is being pulled hears of
/// that pull's progress and waits for its outcome; a pull whose own task gave it up is begun anew
/// by one of those who wait.
class SharedPulls {
 public:
  explicit SharedPulls(runtime::Images& images) : images_(images) {}

  /// fails:  as Images::pull.
  Async<runtime::Image> pull(std::string name, runtime::OnProgress on_progress, Deadline by);

 private:
  struct Pull {
    explicit Pull(const asio::any_io_executor& executor)
        : ended(executor, std::chrono::steady_clock::time_point::max()) {}

    asio::steady_timer ended;  ///< cancelled when the outcome is there
    std::vector<runtime::OnProgress> listeners;
    std::optional<Result<runtime::Image>> outcome;
  };
  Async<runtime::Image> lead(std::string name, runtime::OnProgress on_progress, Deadline by);

  runtime::Images& images_;
  std::map<std::string, std::shared_ptr<Pull>> running_;  ///< by image name, as asked for
};

}  // namespace berth::steps
