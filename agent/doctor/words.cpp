// words.cpp - lines, units.
#include "agent/doctor/words.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace berth::doctor {

std::vector<std::string> lines_of(std::string_view text) {
  return words_of(text, "\n");
}

bool has_word(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string size_text(std::uint64_t bytes) {
  constexpr std::uint64_t kMiB = 1 << 20;
  constexpr std::uint64_t kGiB = 1 << 30;
  if (bytes < kGiB) return std::to_string(bytes / kMiB) + " MiB";
  const std::uint64_t tenths = bytes / (kGiB / 10);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " GiB";
}

}  // namespace berth::doctor
