// vault.cpp - a table of keys.
#include "agent/vault/vault.hpp"

namespace berth::vault {

Result<> Vault::keep(RoleKeys keys) {
  if (sets_.size() >= kMostSets && !sets_.contains(keys.id)) {
    return Error{
        Errc::Exhausted, 0,
        "keys of " + keys.task_arn + ": " + std::to_string(kMostSets) + " sets are kept already"};
  }
  const std::string id = keys.id;
  sets_[id] = std::move(keys);
  return ok();
}

const RoleKeys* Vault::find(const std::string& id) const {
  const auto found = sets_.find(id);
  return found == sets_.end() ? nullptr : &found->second;
}

void Vault::forget(const std::string& task_arn, Role role) {
  std::erase_if(sets_, [&](const auto& one) {
    return one.second.task_arn == task_arn && one.second.role == role;
  });
}

}  // namespace berth::vault
