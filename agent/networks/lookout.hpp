// lookout.hpp - keeps some addresses of each LAN asked for before a task needs one.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/model/node_network.hpp"
#include "agent/networks/lans.hpp"
#include "agent/networks/silence.hpp"
#include "base/clock.hpp"
#include "base/nursery.hpp"

namespace berth::networks {

/// Of each network of a file whose addresses are a LAN's it asks for those that are handed out
/// next, and listens for them from then on; asks again when a device was cut off, and after some
/// minutes. Without such a network it does nothing. One for the daemon; loop thread.
///
/// A VLAN is left out: it has one device, which is the task's, so nobody else can ask in it.
class Lookout {
 public:
  using Moment = Silence::Moment;

  /// How many of each network.
  static constexpr std::size_t kAhead = 4;
  /// When a LAN could not be asked.
  static constexpr std::chrono::minutes kTryAgain{1};

  struct Needs {
    Clock& clock;
    Lans& lans;
    std::function<std::vector<model::NodeNetwork>()> networks;  ///< in force
    /// Addresses that are handed out next, but for those whose keys are given.
    std::function<std::vector<model::NodeAddress>(const model::NodeNetwork&, std::size_t most,
                                                  const std::set<std::string>& pass_over)>
        next;
  };
  Lookout(Needs needs, asio::any_io_executor executor);

  /// Runs until cancelled.
  Async<> run();
  /// run() has ended. Waits for those who listen.
  Async<> stop() { return nursery_.stop(); }

  /// Other networks are there, or addresses were handed out or given back.
  void changed();
  /// Devices of the host came, or came up.
  void devices_changed();

  /// Keys of a network's addresses that nobody has, and of those that somebody has.
  std::set<std::string> free(const model::NodeNetwork& network) const;
  std::set<std::string> taken(const model::NodeNetwork& network) const;
  /// How many are free, by the network's name; nullopt: it is none whose LAN is asked.
  std::optional<std::size_t> count_free(const std::string& network) const;

  /// Whether a task may take its addresses, which are its interface's, without asking. True once:
  /// they are its own then.
  bool claim(const model::EniAccess& access, const std::vector<netns::IpAddress>& addresses);

 private:
  struct Lan {
    model::NodeNetwork network;
    std::string place = {};  ///< as Lans told it; "": not known
    Silence silence = {};
    std::string ear = {};      ///< name of the coroutine that listens; "": none does
    std::string trouble = {};  ///< as logged last
    Moment try_again = Moment::max();
  };
  using LanPtr = std::shared_ptr<Lan>;

  /// A question that goes on.
  struct Asked {
    LanPtr lan;
    std::shared_ptr<LanQuestion> question;
    std::vector<model::NodeAddress> addresses;
    Moment since;
    bool is_given_up = false;
  };

  void follow_networks();
  Async<> look();
  Async<bool> look_at_place(LanPtr lan);
  Async<std::shared_ptr<LanQuestion>> begin(LanPtr lan, std::vector<model::NodeAddress> due);
  Async<> ask(std::vector<Asked> all);
  Async<> listen(LanPtr lan, std::shared_ptr<LanQuestion> question);
  Async<> wait();
  void be_deaf(Lan& lan);
  void lose_ear(Lan& lan, const Error& error);
  void wake();
  void note_trouble(Lan& lan, const Error& error);
  std::vector<model::NodeAddress> wanted_of(const Lan& lan) const;
  std::vector<model::NodeAddress> due_of(const Lan& lan) const;
  const Lan* find(const model::NodeNetwork& network) const;

  Needs needs_;
  Nursery nursery_;
  asio::steady_timer woken_;
  bool is_stale_ = true;
  bool has_moved_ = false;              ///< devices may be others
  Moment rested_ = Moment::max();       ///< what was given back last may be handed out then
  std::map<std::string, LanPtr> lans_;  ///< by name of the network
  int count_ = 0;                       ///< of ears, ever
};

}  // namespace berth::networks
