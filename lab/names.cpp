// names.cpp - ARNs and identifiers as the service gives them out.
#include "lab/names.hpp"

#include <charconv>

namespace berth::lab {

std::string Names::arn(std::string_view kind, std::string_view rest) const {
  std::string text = "arn:aws:ecs:" + region + ":";
  text.append(kAccount).append(":").append(kind).append("/").append(rest);
  return text;
}

std::string Names::in_cluster(std::string_view kind, std::string_view cluster,
                              std::string_view id) const {
  return arn(kind, std::string(cluster) + "/" + std::string(id));
}

std::string_view last_part(std::string_view arn) {
  const auto slash = arn.rfind('/');
  return slash == std::string_view::npos ? arn : arn.substr(slash + 1);
}

std::string_view kind_of(std::string_view arn) {
  if (!arn.starts_with("arn:") || arn.find(":ecs:") == std::string_view::npos) return "";
  const auto slash = arn.find('/');
  if (slash == std::string_view::npos) return "";
  const auto colon = arn.rfind(':', slash);
  return arn.substr(colon + 1, slash - colon - 1);
}

std::optional<DefinitionName> parse_definition_name(std::string_view text) {
  if (text.starts_with("arn:")) {
    if (kind_of(text) != "task-definition") return std::nullopt;
    text = last_part(text);
  }
  DefinitionName name;
  const auto colon = text.find(':');
  name.family = text.substr(0, colon);
  if (name.family.empty()) return std::nullopt;
  if (colon == std::string_view::npos) return name;
  const std::string_view number = text.substr(colon + 1);
  std::int64_t revision = 0;
  const auto [end, failed] =
      std::from_chars(number.data(), number.data() + number.size(), revision);
  if (failed != std::errc() || end != number.data() + number.size() || revision < 1) {
    return std::nullopt;
  }
  name.revision = revision;
  return name;
}

}  // namespace berth::lab
