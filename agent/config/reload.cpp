// reload.cpp - which settings change while berthd runs.
#include "agent/config/table.hpp"

namespace berth::config {

Changes take_live(Config& config, const Config& fresh) {
  Changes changes;
  for (const Setting& setting : settings()) {
    const std::string value = setting.show(fresh);
    if (value == setting.show(config)) continue;
    if (setting.is_live) static_cast<void>(setting.read(value, config));
    (setting.is_live ? changes.taken : changes.waiting).emplace_back(setting.key);
  }
  return changes;
}

}  // namespace berth::config
