// vault.hpp - the keys of task roles, in memory only, handed out by id.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "base/result.hpp"

namespace berth::vault {

/// Whose keys: the containers' own, or those that the agent pulls and logs with for the task.
enum class Role : std::uint8_t { Application, Execution };

/// One set of keys of one task. Nothing prints, logs or writes it.
struct RoleKeys {
  std::string id;  ///< "credentialsId"; the same over renewals
  std::string task_arn;
  Role role = Role::Application;
  std::string role_arn;
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;
  std::string expiration;  ///< as the control plane wrote it: "2026-01-01T06:00:00Z"
  bool operator==(const RoleKeys&) const = default;
};

/// All keys of this node. One instance for the daemon; loop thread.
class Vault {
 public:
  /// Far more than a node runs; what is above it would be somebody's mistake.
  static constexpr std::size_t kMostSets = 8192;

  /// Takes keys in; those of the same id are replaced. The task need not be known yet.
  ///
  /// fails:  Exhausted (kMostSets are there and this is not one of them).
  Result<> keep(RoleKeys keys);

  /// nullptr when there are none of that id. Valid until the vault is changed.
  const RoleKeys* find(const std::string& id) const;

  /// Drops the keys of a task that are for `role`; none is fine.
  void forget(const std::string& task_arn, Role role);

 private:
  std::map<std::string, RoleKeys> sets_;  ///< by id
};

}  // namespace berth::vault
