// text.hpp - words taken out of a text, and put together to one; pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace berth {

inline constexpr std::string_view kBlanks = " \t\r\n";

/// Without what is blank at either end: a part of `text`, which must outlive it.
std::string_view trimmed(std::string_view text, std::string_view blanks = kBlanks);

/// What stands between blanks; no word is empty.
std::vector<std::string> words_of(std::string_view text, std::string_view blanks = kBlanks);

/// "a, b, c". parts: of any kind that reads as a std::string_view.
template <class Parts>
std::string joined(const Parts& parts, std::string_view between = ", ") {
  std::string text;
  bool is_first = true;
  for (const std::string_view part : parts) {
    if (!is_first) text += between;
    is_first = false;
    text += part;
  }
  return text;
}

/// For people: "a, b, c"; "none" when there are none.
std::string listed(const std::vector<std::string>& words);

}  // namespace berth
