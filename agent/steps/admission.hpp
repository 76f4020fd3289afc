// admission.hpp - tasks let in by the node's resource queue, as soon as something is freed.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <map>
#include <memory>
#include <string>

#include "agent/plan/resource_queue.hpp"
#include "base/async.hpp"

namespace berth::steps {

/// One instance for the daemon; loop thread. Owners are task ARNs.
class Admission {
 public:
  Admission(asio::any_io_executor executor, plan::Demand capacity)
      : executor_(std::move(executor)), queue_(std::move(capacity)) {}

  /// Sets a part aside for what runs already, or for nobody's use.
  void hold(const std::string& owner, plan::Demand demand) {
    queue_.hold(owner, std::move(demand));
  }

  /// Waits for the task's turn and its part of the node. again: yes, a task that has it is let in.
  ///
  /// fails:  Invalid (more than the node has), TimedOut, Cancelled.
  Async<> enter(std::string task_arn, plan::Demand demand, Deadline by);

  /// Gives back what the task has. again: yes.
  void leave(const std::string& task_arn);

  /// As ResourceQueue::waits_for.
  std::optional<std::string> waits_for(const std::string& task_arn) const {
    return queue_.waits_for(task_arn);
  }

  /// The queue as it is, to be asked about tasks that are not to enter it.
  const plan::ResourceQueue& queue() const { return queue_; }

 private:
  struct Waiter {
    explicit Waiter(const asio::any_io_executor& executor) : woken(executor) {}
    asio::steady_timer woken;  ///< cancelled when it is let in
    bool is_in = false;
  };
  void let_in();

  asio::any_io_executor executor_;
  plan::ResourceQueue queue_;
  std::map<std::string, std::shared_ptr<Waiter>> waiters_;
};

}  // namespace berth::steps
