// line_joiner_test.cpp - which parts belong together.
#include "logs/line_joiner.hpp"

#include <gtest/gtest.h>

namespace berth::logs {
namespace {

Entry part(std::string text, std::uint8_t flags = 0, Kind kind = Kind::Stdout) {
  Entry entry;
  entry.kind = kind;
  entry.flags = flags;
  entry.text = std::move(text);
  return entry;
}

Entry gap() {
  return part("", 0, Kind::Gap);
}

TEST(LineJoiner, PutsPartsTogetherPerStream) {
  constexpr std::uint8_t kMiddle = kContinues | kContinued;
  Entry missed = part("c", kContinued);
  missed.missed = 1;
  struct Case {
    const char* what;
    std::vector<Entry> entries;
    std::vector<std::string> lines;
  };
  const Case cases[] = {
      {"whole lines", {part("a"), part("b")}, {"a", "b"}},
      {"three parts", {part("a", kContinues), part("b", kMiddle), part("c", kContinued)}, {"abc"}},
      {"streams do not mix",
       {part("a", kContinues), part("E", 0, Kind::Stderr), part("b", kContinued)},
       {"E", "ab"}},
      {"an end that never came", {part("a", kContinues), part("b")}, {"a", "b"}},
      {"held at the end", {part("a", kContinues)}, {"a"}},
      {"not over a gap", {part("a", kContinues), gap(), part("b", kContinued)}, {"a", "b"}},
      {"not over missed numbers", {part("a", kContinues), missed}, {"a", "c"}},
      {"a beginning that rotated away", {part("b", kContinued), part("c")}, {"b", "c"}},
  };
  for (const Case& c : cases) {
    LineJoiner joiner;
    std::vector<std::string> lines;
    for (const Entry& entry : c.entries) {
      for (const Line& line : joiner.push(entry)) lines.push_back(line.text);
    }
    for (const Line& line : joiner.finish()) lines.push_back(line.text);
    EXPECT_EQ(lines, c.lines) << c.what;
  }
}

TEST(LineJoiner, HoldsNoMoreThanItMay) {
  LineJoiner joiner(10);
  std::size_t most = 0;
  std::size_t seen = 0;
  for (int i = 0; i < 100; ++i) {
    for (const Line& line : joiner.push(part("1234", kContinues | kContinued))) {
      most = std::max(most, line.text.size());
      seen += line.text.size();
    }
  }
  for (const Line& line : joiner.finish()) seen += line.text.size();

  EXPECT_LE(most, 13u);
  EXPECT_EQ(seen, 400u);
}

}  // namespace
}  // namespace berth::logs
