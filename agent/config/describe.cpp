// describe.cpp - the settings as --print-config, --help and docs/configuration.md show them.
#include <algorithm>

#include "agent/config/table.hpp"

namespace berth::config {

namespace {

// Longer values push their origin to the right instead of the whole column.
constexpr std::size_t kWidestColumn = 64;

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

std::string origin_of(const Loaded& loaded, const Setting& setting, const std::string& value) {
  const auto found = loaded.origins.find(std::string(setting.key));
  if (found != loaded.origins.end()) return found->second;
  if (!value.empty() && value == setting.fallback) return "default";
  return "default: " + std::string(setting.fallback);
}

}  // namespace

std::string print_config(const Loaded& loaded) {
  std::size_t width = 0;
  for (const Setting& setting : settings()) {
    const std::size_t length = setting.key.size() + 1 + setting.show(loaded.config).size();
    if (length <= kWidestColumn) width = std::max(width, length);
  }
  std::string text;
  for (const Setting& setting : settings()) {
    const std::string value = setting.show(loaded.config);
    text += padded(std::string(setting.key) + "=" + value, width) + "  # " +
            origin_of(loaded, setting, value) + "\n";
  }
  return text;
}

std::string help_text() {
  std::string text;
  for (const Setting& setting : settings()) {
    text += "  " + std::string(setting.key) + "\n      " + std::string(setting.meaning) +
            "\n      " + std::string(setting.allowed) + "; default " +
            std::string(setting.fallback) + "\n";
  }
  return text;
}

std::string settings_table() {
  std::string text = "| key | values | default | reload | meaning |\n|---|---|---|---|---|\n";
  for (const Setting& setting : settings()) {
    text += "| " + std::string(setting.key) + " | " + std::string(setting.allowed) + " | " +
            std::string(setting.fallback) + (setting.is_live ? " | yes | " : " | | ") +
            std::string(setting.meaning) + " |\n";
  }
  return text;
}

}  // namespace berth::config
