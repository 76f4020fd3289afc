// shared_pulls.cpp - the first asks the registry, the others wait.
#include "agent/steps/shared_pulls.hpp"

namespace berth::steps {

Async<runtime::Image> SharedPulls::pull(std::string name, runtime::OnProgress on_progress,
                                        Deadline by) {
  while (true) {
    const auto found = running_.find(name);
    if (found == running_.end()) {
      Result<runtime::Image> pulled = co_await lead(std::move(name), std::move(on_progress), by);
      co_return pulled;
    }
    const std::shared_ptr<Pull> other = found->second;
    other->listeners.push_back(on_progress);
    while (!other->outcome) {
      const bool cancelled = co_await is_cancelled();
      if (cancelled) co_return Error{Errc::Cancelled, 0, "pull of " + name + ": cancelled"};
      co_await other->ended.async_wait(use_result);
    }
    if (!other->outcome->failed_with(Errc::Cancelled)) co_return *other->outcome;
  }
}

Async<runtime::Image> SharedPulls::lead(std::string name, runtime::OnProgress on_progress,
                                        Deadline by) {
  auto own = std::make_shared<Pull>(co_await asio::this_coro::executor);
  running_[name] = own;
  own->listeners.push_back(std::move(on_progress));
  auto tell_all = [own](const runtime::PullProgress& progress) {
    for (const runtime::OnProgress& listener : own->listeners) {
      if (listener) listener(progress);
    }
  };
  std::string wanted = name;
  Result<runtime::Image> pulled = co_await images_.pull(std::move(wanted), tell_all, by);
  own->outcome = pulled;
  running_.erase(name);
  own->ended.cancel();
  co_return pulled;
}

}  // namespace berth::steps
