// admission.cpp - the queue's answers, handed to those who wait.
#include "agent/steps/admission.hpp"

namespace berth::steps {

Async<> Admission::enter(std::string task_arn, plan::Demand demand, Deadline by) {
  BERTH_CO_CHECK(queue_.enter(task_arn, std::move(demand)));
  const auto waiter = std::make_shared<Waiter>(executor_);
  // One that holds its part already is not in the queue.
  waiter->is_in = queue_.holds(task_arn);
  waiters_[task_arn] = waiter;
  let_in();
  while (!waiter->is_in) {
    const bool cancelled = co_await is_cancelled();
    if (cancelled || by.has_passed()) {
      const std::string why = queue_.waits_for(task_arn).value_or("its turn");
      leave(task_arn);
      if (cancelled) co_return Error{Errc::Cancelled, 0, "no longer wanted"};
      co_return Error{Errc::TimedOut, 0, "the task waited too long for " + why};
    }
    waiter->woken.expires_at(by.at);
    co_await waiter->woken.async_wait(use_result);
  }
  waiters_.erase(task_arn);
  co_return ok();
}

void Admission::leave(const std::string& task_arn) {
  waiters_.erase(task_arn);
  queue_.leave(task_arn);
  let_in();
}

void Admission::let_in() {
  for (const std::string& task_arn : queue_.admit()) {
    const auto found = waiters_.find(task_arn);
    if (found == waiters_.end()) continue;
    found->second->is_in = true;
    found->second->woken.cancel();
  }
}

}  // namespace berth::steps
