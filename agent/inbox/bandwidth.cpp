// bandwidth.cpp - one label for each direction.
#include "agent/inbox/bandwidth.hpp"

#include <string>

#include "agent/inbox/labels.hpp"

namespace berth::inbox {

namespace {

constexpr std::string_view kPrefix = "berth.bandwidth.";
constexpr std::uint64_t kLeastBits = 1'000;
constexpr std::uint64_t kMostBits = 100'000'000'000;

/// One direction's limit, as far as containers were read.
struct Named {
  std::optional<std::uint64_t> rate;
  std::string by;  ///< the label that named it
};

void add(const std::string& field, const std::string& text, Named& named, Findings& findings) {
  const std::optional<std::uint64_t> rate = bandwidth_in(text);
  if (!rate) {
    findings.refuse(field, text,
                    "must be bits per second from 1k to 100G, a whole number with k, M or G");
  } else if (named.rate && *named.rate != *rate) {
    findings.refuse(field, text, "differs from " + named.by + "; a task has one");
  } else {
    named = {rate, field};
  }
}

}  // namespace

std::optional<std::uint64_t> bandwidth_in(std::string_view text) {
  return number_in(text, kLeastBits, kMostBits, 1'000);
}

void add_bandwidth(model::Task& task, Findings& findings) {
  const bool has_interface = task.network_mode == model::NetworkMode::Awsvpc ||
                             task.network_mode == model::NetworkMode::Bridge;
  Named ingress;
  Named egress;
  for (std::size_t at = 0; at < task.containers.size(); ++at) {
    const auto& labels = task.containers[at].labels;
    for (auto label = labels.lower_bound(std::string(kPrefix)); label != labels.end(); ++label) {
      const auto& [name, text] = *label;
      if (!name.starts_with(kPrefix)) break;
      const std::string field = label_at(at, name);
      const std::string_view direction = std::string_view(name).substr(kPrefix.size());
      if (direction != "ingress" && direction != "egress") {
        findings.refuse(field, text, "there are berth.bandwidth.ingress and .egress only");
      } else if (!has_interface) {
        findings.refuse(field, text,
                        "not possible with network mode \"" +
                            std::string(model::name_of(task.network_mode)) +
                            "\", where the task has no interface of its own; "
                            "allowed are awsvpc, bridge");
      } else {
        add(field, text, direction == "ingress" ? ingress : egress, findings);
      }
    }
  }
  task.bandwidth = {ingress.rate, egress.rate};
}

}  // namespace berth::inbox
