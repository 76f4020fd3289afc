// gpus.cpp - resourceRequirements read.
#include "controlplane/definition/gpus.hpp"

#include <charconv>
#include <optional>
#include <string>

namespace berth::definition {

namespace {

std::optional<std::int64_t> count_in(const std::string& text) {
  std::int64_t count = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (bad != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (count < 1 || count > kMostGpus) return std::nullopt;
  return count;
}

}  // namespace

Reply<> check_resource_requirements(const Json& container) {
  bool has_gpus = false;
  for (const auto& one : container.value("resourceRequirements", Json::array())) {
    const std::string type = one.value("type", "");
    const std::string value = one.value("value", "");
    const std::string where = "Invalid setting for container '" + container.value("name", "") +
                              "'. Resource requirement ";
    if (type != "GPU" && type != "InferenceAccelerator") {
      return client_fault(where + "'type' must be GPU or InferenceAccelerator, but is '" + type +
                          "'.");
    }
    if (type != "GPU") continue;
    if (has_gpus) return client_fault(where + "'GPU' is given more than once.");
    has_gpus = true;
    if (!count_in(value)) {
      return client_fault(where + "'value' of type GPU must be a number from 1 to " +
                          std::to_string(kMostGpus) + ", but is '" + value + "'.");
    }
  }
  return done();
}

std::int64_t gpus_of(const Json& container) {
  for (const auto& one : container.value("resourceRequirements", Json::array())) {
    if (one.value("type", "") == "GPU") return count_in(one.value("value", "")).value_or(0);
  }
  return 0;
}

}  // namespace berth::definition
