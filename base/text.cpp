// text.cpp - blanks found, words cut out.
#include "base/text.hpp"

#include <algorithm>

namespace berth {

std::string_view trimmed(std::string_view text, std::string_view blanks) {
  const std::size_t from = text.find_first_not_of(blanks);
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(blanks) - from + 1);
}

std::vector<std::string> words_of(std::string_view text, std::string_view blanks) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(blanks), text.size());
    if (end > 0) words.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

std::string listed(const std::vector<std::string>& words) {
  return words.empty() ? "none" : joined(words);
}

}  // namespace berth
