// watch_rules.cpp - two sockets of notices, and the same steps that made the rules.
#include "agent/steps/watch_rules.hpp"

#include "agent/steps/forget_flows.hpp"
#include "agent/steps/open_ways.hpp"
#include "base/log.hpp"
#include "base/readable.hpp"
#include "firewall/notices.hpp"

namespace berth::steps {

namespace {

constexpr int kMostTries = 10;
constexpr std::chrono::milliseconds kQuiet{500};
constexpr int kMostQuiets = 20;
constexpr const char* kWaiting = "wait for notices of rules";
constexpr std::chrono::seconds kBetweenTries{1};

/// At the start: what an earlier berthd opened, for tasks that are gone or as it was told to, is
/// closed.
Async<> settle_ways(Tools* tools) {
  Result<> settled = co_await close_unneeded_ways(*tools);
  if (settled && tools->firewall.has_devices()) {
    Result<std::string> doubts = co_await open_ways(*tools);
    if (!doubts) settled = std::move(doubts).error();
  }
  if (settled || settled.failed_with(Errc::Cancelled)) co_return settled;
  log::warn("rules among others' are not as they should be", {{"error", settled.error().text()}});
  co_return ok();
}

/// They take their rules down and put them up in many steps, and a rule of ours in between would be
/// in the way: a chain that holds one is not deleted.
Async<> await_quiet(Tools* tools, firewall::TableNotices* notices) {
  for (int look = 0; look < kMostQuiets; ++look) {
    BERTH_CO_CHECK(co_await tools->clock.sleep(kQuiet));
    BERTH_CO_TRY(const firewall::TableNotices::Heard heard, notices->read());
    if (!heard.moved_others) break;
  }
  co_return ok();
}

/// Somebody moved rules of his: ours among them may be gone, or needed from now on. firewalld tells
/// of its rules before it can be told anything.
Async<> open_again(Tools* tools) {
  for (int attempt = 0; attempt < kMostTries; ++attempt) {
    tools->ways.is_current = false;
    if (!tools->firewall.has_devices()) co_return ok();
    Result<std::string> doubts = co_await open_ways(*tools);
    if (!doubts) co_return std::move(doubts).error();
    if (!tools->ways.is_late) co_return ok();
    BERTH_CO_CHECK(co_await tools->clock.sleep(kBetweenTries));
  }
  co_return ok();
}

}  // namespace

Async<> watch_firewall(Tools& tools) {
  BERTH_CO_TRY(firewall::TableNotices notices, firewall::TableNotices::open(tools.firewall.name()));
  Readable readable(co_await asio::this_coro::executor, notices.fd(), kWaiting);
  while (true) {
    BERTH_CO_CHECK(co_await readable.wait());
    BERTH_CO_TRY(const firewall::TableNotices::Heard heard, notices.read());
    if (!heard.took_from_it) continue;
    auto work = [&tools]() -> Result<> {
      BERTH_CHECK(tools.firewall.restore());
      forget_stray_flows(tools);
      return ok();
    };
    Result<> restored = co_await tools.offload.run(std::move(work));
    if (restored.failed_with(Errc::Cancelled)) co_return restored;
    if (restored) {
      log::warn("somebody changed berth's nft table; it was restored",
                {{"name", tools.firewall.name()}});
    } else {
      log::error("berth's nft table could not be restored", {{"error", restored.error().text()}});
    }
  }
}

Async<> watch_neighbours(Tools& tools) {
  BERTH_CO_TRY(firewall::TableNotices notices, firewall::TableNotices::open(tools.firewall.name()));
  Readable readable(co_await asio::this_coro::executor, notices.fd(), kWaiting);
  BERTH_CO_CHECK(co_await settle_ways(&tools));
  while (true) {
    BERTH_CO_CHECK(co_await readable.wait());
    BERTH_CO_TRY(const firewall::TableNotices::Heard heard, notices.read());
    if (!heard.moved_others) continue;
    BERTH_CO_CHECK(co_await await_quiet(&tools, &notices));
    BERTH_CO_CHECK(co_await open_again(&tools));
  }
}

}  // namespace berth::steps
