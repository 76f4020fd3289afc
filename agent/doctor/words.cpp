// words.cpp - blanks, lines, units.
#include "agent/doctor/words.hpp"

#include <algorithm>

namespace berth::doctor {

namespace {

std::vector<std::string> parts_of(std::string_view text, std::string_view separators) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(separators), text.size());
    if (end > 0) parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

}  // namespace

std::string trimmed(std::string_view text) {
  constexpr std::string_view kBlanks{" \t\r\n\0", 5};  // a text of the device tree ends with NUL
  const std::size_t from = text.find_first_not_of(kBlanks);
  if (from == std::string_view::npos) return {};
  return std::string(text.substr(from, text.find_last_not_of(kBlanks) - from + 1));
}

std::vector<std::string> lines_of(std::string_view text) {
  return parts_of(text, "\n");
}

std::vector<std::string> words_of(std::string_view line) {
  return parts_of(line, " \t\r\n");
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

std::string listed(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text.empty() ? "none" : text;
}

}  // namespace berth::doctor
