// groups.hpp - the groups of files, with their members and a version that grows; pure.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agent/model/node_network.hpp"
#include "agent/model/record.hpp"

namespace berth::networks {

/// A version is a time, and above every one before, so that what a record says of a group is never
/// newer than what the files say.
class Groups {
 public:
  using Records = std::vector<std::shared_ptr<const model::Record>>;

  /// As the networks describe them now, and with the members that the records show.
  /// Returns whether anything is another than before.
  bool refresh(const std::vector<model::NodeNetwork>& networks, const Records& records,
               WallTime now);

  const std::vector<model::SecurityGroup>& all() const { return groups_; }
  bool has(const std::string& id) const;

  /// The groups of `ids` and those that their rules name, for a task that is about to be one more
  /// member of `ids`.
  std::vector<model::SecurityGroup> for_member(const std::vector<std::string>& ids,
                                               const model::Eni& eni) const;

 private:
  std::vector<model::SecurityGroup> groups_;
  std::int64_t version_ = 0;
};

}  // namespace berth::networks
