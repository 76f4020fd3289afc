// watch_network.cpp - two sockets of notices, and the same steps that made the networks.
#include "agent/steps/watch_network.hpp"

#include <algorithm>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <map>

#include "agent/model/ids.hpp"
#include "agent/plan/network.hpp"
#include "agent/steps/let_through.hpp"
#include "base/log.hpp"
#include "firewall/notices.hpp"
#include "netns/link_notices.hpp"
#include "netns/network.hpp"

namespace berth::steps {

namespace {

constexpr int kMostTimes = 10;

/// Borrows the descriptor of a socket of notices for waiting.
class Readable {
 public:
  Readable(const asio::any_io_executor& executor, int fd) : descriptor_(executor, fd) {}
  ~Readable() { descriptor_.release(); }
  Readable(const Readable&) = delete;

  Async<> wait() {
    const auto [failed] =
        co_await descriptor_.async_wait(asio::posix::stream_descriptor::wait_read, use_result);
    if (failed) co_return asio_error(failed, "wait for notices of the kernel");
    co_return ok();
  }

 private:
  asio::posix::stream_descriptor descriptor_;
};

/// A network that is to be there, and the record it is of.
struct Wanted {
  RecordPtr record;
  plan::Network network;

  const netns::OwnInterface& own() const { return std::get<netns::OwnInterface>(network.endpoint); }
};

std::vector<Wanted> all_wanted(const Tools& tools, const std::vector<RecordPtr>& records) {
  std::vector<Wanted> wanted;
  for (const RecordPtr& record : records) {
    const bool is_over = record->released || record->known == model::TaskStatus::Stopped;
    if (is_over || !record->network_ready) continue;
    const auto networks = plan::networks_for(*record, tools.settings);
    if (!networks) continue;
    for (const plan::Network& network : *networks) {
      if (!std::holds_alternative<netns::OwnInterface>(network.endpoint)) continue;
      wanted.push_back({record, network});
    }
  }
  return wanted;
}

bool is_of_a_network(const std::string& device) {
  return device.starts_with("be") || device.starts_with("bi");
}

/// Also those whose gateway has lost its device: with the parent it goes, unheard of here.
std::vector<Wanted> lacking_among(const Tools& tools, std::vector<Wanted> wanted,
                                  const netns::LinkNotices::Heard& heard) {
  const auto is_gone = [&heard](const std::string& device) {
    return std::find(heard.gone.begin(), heard.gone.end(), device) != heard.gone.end();
  };
  const bool may_be_parents =
      heard.missed_some || !std::all_of(heard.gone.begin(), heard.gone.end(), is_of_a_network);
  std::erase_if(wanted, [&](const Wanted& one) {
    const std::string& name = one.network.name;
    const bool has_gateway = netns::has_gateway(one.own().access);
    const bool has_ifb = one.own().bandwidth.egress && !has_gateway;
    if (heard.missed_some || is_gone(netns::host_end_name(name))) return false;
    if (has_ifb && is_gone(netns::ifb_name(name))) return false;
    return !has_gateway || !may_be_parents || tools.driver.gateway().is_on_lan(name);
  });
  return wanted;
}

/// fails: Cancelled.
Async<> make_again(Tools* tools, Wanted wanted) {
  auto work = [tools, wanted]() -> Result<std::string> {
    BERTH_CHECK(let_through(*tools, *wanted.record, wanted.network));
    return netns::create_network(tools->pins, tools->driver, wanted.network.name,
                                 wanted.network.endpoint);
  };
  Result<std::string> made = co_await tools->offload.run(std::move(work));
  if (made.failed_with(Errc::Cancelled)) co_return std::move(made).error();
  const std::string task = model::task_id_of(wanted.record->task.arn);
  if (made) {
    log::warn("somebody deleted a task's interface; it was made again", {{"task", task}});
  } else {
    log::error("a task's interface could not be made again",
               {{"task", task}, {"error", made.error().text()}});
  }
  co_return ok();
}

}  // namespace

Async<> watch_firewall(Tools& tools) {
  BERTH_CO_TRY(firewall::TableNotices notices, firewall::TableNotices::open(tools.firewall.name()));
  Readable readable(co_await asio::this_coro::executor, notices.fd());
  while (true) {
    BERTH_CO_CHECK(co_await readable.wait());
    BERTH_CO_TRY(const bool is_taken, notices.somebody_took_from_it());
    if (!is_taken) continue;
    auto work = [&tools] { return tools.firewall.restore(); };
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

Async<> watch_links(Tools& tools, std::function<std::vector<RecordPtr>()> records) {
  BERTH_CO_TRY(netns::LinkNotices notices, netns::LinkNotices::open());
  Readable readable(co_await asio::this_coro::executor, notices.fd());
  std::map<std::string, int> times;
  while (true) {
    BERTH_CO_CHECK(co_await readable.wait());
    BERTH_CO_TRY(const netns::LinkNotices::Heard heard, notices.read());
    if (heard.gone.empty() && !heard.missed_some) continue;
    auto look = [&tools, wanted = all_wanted(tools, records()), heard]() {
      return Result<std::vector<Wanted>>(lacking_among(tools, wanted, heard));
    };
    BERTH_CO_TRY(const std::vector<Wanted> lacking, co_await tools.offload.run(std::move(look)));
    for (const Wanted& one : lacking) {
      if (++times[one.network.name] >= kMostTimes) continue;
      BERTH_CO_CHECK(co_await make_again(&tools, one));
    }
  }
}

}  // namespace berth::steps
