// labels.cpp - the path of a label, and a number with a suffix.
#include "agent/inbox/labels.hpp"

#include <charconv>

namespace berth::inbox {

namespace {

/// What a suffix stands for; 0 when it is none.
std::uint64_t factor_of(std::string_view suffix, std::uint64_t step) {
  if (suffix.empty()) return 1;
  if (suffix == "k" || suffix == "K") return step;
  if (suffix == "M") return step * step;
  if (suffix == "G") return step * step * step;
  return 0;
}

}  // namespace

std::string label_at(std::size_t container, std::string_view label) {
  return "containerDefinitions[" + std::to_string(container) + "].dockerLabels." +
         std::string(label);
}

std::optional<std::uint64_t> number_in(std::string_view text, std::uint64_t least,
                                       std::uint64_t most, std::uint64_t step) {
  std::uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, bad] = std::from_chars(text.data(), end, number);
  if (bad != std::errc{}) return std::nullopt;
  const std::uint64_t factor = factor_of({stopped, static_cast<std::size_t>(end - stopped)}, step);
  if (factor == 0 || number > most / factor || number * factor < least) return std::nullopt;
  return number * factor;
}

}  // namespace berth::inbox
