// fates.hpp - the table of what this agent does with each field of a task definition; pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "agent/standing/review.hpp"
#include "base/json.hpp"

namespace berth::standing {

/// One field, as it stands in a definition.
struct Field {
  const Json& value;
  const Json& definition;  ///< as it came
  const Json& container;   ///< whose field it is; null for one of the task
  const Node& node;
};

/// What a value or this node makes of a field.
struct Ruling {
  Fate fate = Fate::Honoured;
  std::string words;
};

/// nullopt: what the row says.
using Judge = std::optional<Ruling> (*)(const Field&);

/// A field together with everything below it.
struct Row {
  std::string_view path;  ///< "containerDefinitions[].linuxParameters.swappiness"
  Fate fate = Fate::Honoured;
  std::string_view words;
  /// Why it is passed over where inbox::accept says that it is; "": `words`.
  std::string_view passed_over = {};
  Judge judge = nullptr;
};

/// Refused and passed over are only what inbox::accept refuses and passes over, or what never comes
/// as far as to it.
std::span<const Row> fates();

/// The row of a field; nullptr when there is none.
const Row* find_fate(std::string_view path);

/// True when rows are below that path, which has none itself.
bool has_fates_below(std::string_view path);

/// The mode a definition asks for; "bridge" when it says nothing.
std::string network_mode_of(const Json& definition);

namespace detail {

// fate_judges.cpp: those that depend on the value or the node.
std::optional<Ruling> judge_network_mode(const Field& field);
std::optional<Ruling> judge_task_size(const Field& field);
std::optional<Ruling> judge_placement(const Field& field);
std::optional<Ruling> judge_architecture(const Field& field);
std::optional<Ruling> judge_system(const Field& field);
std::optional<Ruling> judge_subnets(const Field& field);
std::optional<Ruling> judge_groups(const Field& field);
std::optional<Ruling> judge_public_ip(const Field& field);
std::optional<Ruling> judge_host_volume(const Field& field);
std::optional<Ruling> judge_port(const Field& field);
std::optional<Ruling> judge_port_range(const Field& field);
std::optional<Ruling> judge_max_swap(const Field& field);
std::optional<Ruling> judge_bandwidth(const Field& field);
std::optional<Ruling> judge_io_weight(const Field& field);
std::optional<Ruling> judge_ulimits(const Field& field);
std::optional<Ruling> judge_log_driver(const Field& field);
std::optional<Ruling> judge_health_check(const Field& field);
std::optional<Ruling> judge_resources(const Field& field);
std::optional<Ruling> judge_restarts(const Field& field);

}  // namespace detail

}  // namespace berth::standing
