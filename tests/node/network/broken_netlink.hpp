// broken_netlink.hpp - the kernel's netlink with calls that fail as planned.
#pragma once

#include <memory>
#include <vector>

#include "netns/netlink.hpp"
#include "tests/fakes/fail_plan.hpp"

namespace berth::netns {

/// When a planned failure strikes: before the kernel hears of the call, or when it has done its
/// work and only the answer is lost.
enum class Strikes { Before, After };

/// Passes everything on to the real socket. There is no imitation of the kernel's devices: in a
/// namespace of its own the kernel is as quick and cannot be imitated wrongly.
class BrokenNetlink final : public Netlink {
 public:
  BrokenNetlink(std::unique_ptr<Netlink> real, testing::FailPlan& plan, Strikes when)
      : real_(std::move(real)), plan_(plan), when_(when) {}

  using Netlink::change;
  Result<> change(const std::vector<Request>& batch) override {
    const auto planned = plan_.next();
    if (planned && when_ == Strikes::Before) return *planned;
    Result<> changed = real_->change(batch);
    if (planned) return *planned;
    return changed;
  }

  Result<std::vector<Message>> ask(const Request& question) override {
    if (const auto planned = plan_.next()) return *planned;
    return real_->ask(question);
  }

 private:
  std::unique_ptr<Netlink> real_;
  testing::FailPlan& plan_;  ///< of the test, for all sockets together
  Strikes when_;
};

}  // namespace berth::netns
