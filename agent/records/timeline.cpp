// timeline.cpp - texts cut where a character ends.
#include "agent/records/timeline.hpp"

namespace berth::records {

std::string short_text(std::string text) {
  constexpr std::string_view kGoesOn = "...";
  if (text.size() <= kMostEntryText) return text;
  std::size_t end = kMostEntryText - kGoesOn.size();
  const auto is_inside = [&text](std::size_t at) {
    return (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U;  // a later byte of UTF-8
  };
  while (end > 0 && is_inside(end)) --end;
  text.resize(end);
  return text.append(kGoesOn);
}

}  // namespace berth::records
