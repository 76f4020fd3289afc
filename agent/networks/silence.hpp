// silence.hpp - which addresses of one LAN nobody answered for, which somebody has, since when;
// pure.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/model/network.hpp"
#include "netns/spec.hpp"

namespace berth::networks {

/// Addresses that were asked for, by their keys, as somebody listens for them all the time.
class Silence {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  /// So often a free one is asked for again.
  static constexpr std::chrono::minutes kAskedEvery{3};
  /// So long its silence counts.
  static constexpr std::chrono::minutes kHolds{5};
  /// So long somebody's word counts.
  static constexpr std::chrono::minutes kBelieved{5};

  /// Nobody has answered for it, unless it was heard of since it was asked for.
  void keep(const model::NodeAddress& address, Moment asked);
  /// Somebody has it; its key when that is news. nullopt, too, when nobody asked for it.
  std::optional<std::string> hear(const netns::IpAddress& address, Moment now);
  /// They are one owner's, and all known to be free. Nobody else is told so then.
  bool claim(const std::vector<netns::IpAddress>& addresses, Moment now);

  /// These are listened for from now on, and no others.
  void follow(std::vector<model::NodeAddress> addresses);
  /// What counts no more goes.
  void drop_old(Moment now);
  /// What is not true of another place.
  void forget();

  std::set<std::string> free(Moment now) const;
  std::set<std::string> taken(Moment now) const;
  /// Those that are to be listened for still: free, and not among `others`.
  std::vector<model::NodeAddress> left(const std::vector<model::NodeAddress>& others,
                                       Moment now) const;
  /// Those of them that are not known to be free, or are to be asked for again.
  std::vector<model::NodeAddress> due(std::vector<model::NodeAddress> wanted, Moment now) const;
  /// When one of them will be due, or somebody's word counts no more. After drop_old().
  Moment due_at(const std::vector<model::NodeAddress>& wanted) const;

 private:
  std::map<std::string, model::NodeAddress> followed_;
  std::map<std::string, Moment> silent_;  ///< asked for then, for the last time
  std::map<std::string, Moment> taken_;   ///< heard of then, for the last time
};

/// The addresses of both families that are in it.
std::vector<netns::IpAddress> parsed(const model::NodeAddress& address);

}  // namespace berth::networks
