// text_test.cpp - words taken out of texts, and put together.
#include "base/text.hpp"

#include <gtest/gtest.h>

#include <set>

namespace berth {
namespace {

using Words = std::vector<std::string>;

TEST(Trimmed, LeavesOutWhatIsBlankAtEitherEnd) {
  EXPECT_EQ(trimmed(" \t one two\r\n"), "one two");
  EXPECT_EQ(trimmed("one"), "one");
  EXPECT_EQ(trimmed(" \r\n"), "");
  EXPECT_EQ(trimmed(""), "");
}

TEST(Trimmed, KeepsBlanksThatWereNotNamed) {
  EXPECT_EQ(trimmed(" \tone\t ", " "), "\tone\t");
  EXPECT_EQ(trimmed("\vone\n", " \v"), "one\n");
}

TEST(WordsOf, GivesWhatStandsBetweenBlanks) {
  EXPECT_EQ(words_of("  one\ttwo \n three"), (Words{"one", "two", "three"}));
  EXPECT_EQ(words_of("one"), Words{"one"});
  EXPECT_EQ(words_of(" \n"), Words{});
  EXPECT_EQ(words_of(""), Words{});
}

TEST(WordsOf, CutsOnlyWhereItWasTold) {
  EXPECT_EQ(words_of("one two\n\nthree\n", "\n"), (Words{"one two", "three"}));
}

TEST(Joined, PutsTheSeparatorBetweenAnyTwo) {
  EXPECT_EQ(joined(Words{"a", "b", "c"}), "a, b, c");
  EXPECT_EQ(joined(Words{"a", "", "c"}, ":"), "a::c");
  EXPECT_EQ(joined(Words{"", "a"}, ";"), ";a");
  EXPECT_EQ(joined(Words{"a"}, ";"), "a");
  EXPECT_EQ(joined(Words{}), "");
}

TEST(Joined, TakesPartsOfAnyKindOfText) {
  constexpr const char* kNames[] = {"a", "b"};

  EXPECT_EQ(joined(kNames), "a, b");
  EXPECT_EQ(joined(std::set<std::string>{"b", "a"}, ","), "a,b");
}

TEST(Listed, SaysThatThereAreNone) {
  EXPECT_EQ(listed({"a", "b"}), "a, b");
  EXPECT_EQ(listed({}), "none");
}

}  // namespace
}  // namespace berth
