// networks.hpp - the networks that files describe: kept up to date, their addresses handed out.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/model/record.hpp"
#include "agent/networks/agree.hpp"
#include "agent/networks/groups.hpp"
#include "agent/plan/address_pool.hpp"
#include "agent/records/address_book.hpp"
#include "base/clock.hpp"
#include "base/followed_folder.hpp"
#include "base/offload.hpp"
#include "base/random.hpp"

namespace berth::networks {

/// Everything it works with. Outlives it.
struct Needs {
  Clock& clock;
  Offload& offload;
  records::AddressBook& book;
  std::string directory;           ///< BERTH_NETWORK_DIR
  std::vector<Reserved> reserved;  ///< subnets of the node's own
  std::function<std::vector<std::shared_ptr<const model::Record>>()> records;
  /// The firewall is to follow groups(). Tried again when it fails.
  std::function<Async<>()> follow;
  /// Other networks or groups are there than before.
  std::function<void()> changed;
  /// Keys of a network's addresses that somebody on its LAN has, and of those that nobody has,
  /// which are handed out first; none where nobody looks.
  std::function<std::set<std::string>(const model::NodeNetwork&)> taken_on_lan = {};
  std::function<std::set<std::string>(const model::NodeNetwork&)> free_on_lan = {};
  /// Others are handed out next than before.
  std::function<void()> moved_on = [] {};
};

/// One file, for people.
struct FileState {
  std::string name;
  std::string complaint;  ///< why it does not hold as it is; "" when it does
  bool is_held = false;   ///< a version of it holds
  std::string network;    ///< name of the one that holds
  bool operator==(const FileState&) const = default;
};

/// What is known of who has which address is in the records of tasks: written down, synced, before
/// it is used. So a change or loss of a file hands nothing out twice. One instance for the daemon;
/// loop thread.
class Networks {
 public:
  Networks(Needs needs, asio::any_io_executor executor);

  /// Recalls who has which address, then reads the files. Before anything is handed out.
  ///
  /// records: all there are. fails: as the book, Cancelled.
  Async<> begin(std::vector<model::Record> records);
  /// Follows the files until it is cancelled.
  Async<> run();

  /// A record of the engine has changed.
  void changed(const model::Record& record);

  /// The networks in force.
  std::vector<model::NodeNetwork> all() const;
  /// Groups in force, with the addresses of the node's tasks that have them.
  std::vector<model::SecurityGroup> groups() const { return groups_.all(); }
  std::vector<FileState> files() const;
  /// Addresses of a network that are handed out next, but for those whose keys are given.
  std::vector<model::NodeAddress> next(const model::NodeNetwork& network, std::size_t most,
                                       const std::set<std::string>& pass_over) const;

  /// Whether a task of a file could get its interface: it names a network and groups that are
  /// there, or there is but one. Also when all addresses are in use. True of tasks without networks
  /// of files.
  ///
  /// fails:  Invalid (member, value, what is allowed).
  Result<> check(const model::Task& task) const;
  /// Gives such a task an interface of its own, with another address than every other task. It is
  /// the task's from then on; to be written down before it is used.
  ///
  /// fails:  Invalid (as check), Exhausted (names the network and its addresses). The task has no
  ///         address then.
  Result<> give_interface(model::Task& task);
  /// The address of a task that was never written down.
  void take_back(const model::Task& task);
  /// Why a task whose interface a control plane describes cannot have its addresses; "" when it
  /// can.
  std::string objection(const model::Task& task) const;

 private:
  struct Held {
    std::string task_arn;
    model::NodeAddress address;
    std::uint64_t turn = 0;    ///< grows with each one that is handed out
    std::string network = {};  ///< that gave it; "": a control plane did
  };

  void understand(const Texts& texts);
  void note_complaints(const Files& before) const;
  void remake_pools();
  void keep(const model::Record& record);
  void hold(const model::Eni& eni, const std::string& task_arn);
  void rest(const records::Rest& rest);
  Result<const model::NodeNetwork*> network_of(const model::Eni& wish) const;
  Result<> check_groups(const model::Eni& wish) const;
  std::string names() const;
  Async<> follow();

  Needs needs_;
  Random random_;
  FollowedFolder folder_;
  Files files_;
  std::map<std::string, Result<std::string>> texts_;  ///< as they were understood last
  std::map<std::string, plan::AddressPool> pools_;    ///< by name of the network
  std::map<std::string, Held> held_;                  ///< by address, of every network
  std::map<std::string, WallTime> resting_;           ///< by address
  std::uint64_t turn_ = 0;
  Groups groups_;
  bool is_followed_ = true;  ///< the firewall knows groups_ as they are
};

}  // namespace berth::networks
