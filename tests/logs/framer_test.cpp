// framer_test.cpp - where a stream is cut.
#include "logs/framer.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace berth::logs {
namespace {

using Texts = std::vector<std::string>;

// "text", "text+" (goes on), "+text" (went on), as the framer gives them; then what flush() gives.
Texts frames_of(const Texts& reads) {
  static Framer framer;
  framer = {};
  Texts seen;
  Frame frame;
  auto note = [&seen](const Frame& f) {
    seen.push_back(((f.flags & kContinued) != 0 ? "+" : "") + std::string(f.bytes) +
                   ((f.flags & kContinues) != 0 ? "+" : ""));
  };
  for (const std::string& read : reads) {
    framer.give(read, 1);
    while (framer.next(frame)) note(frame);
  }
  if (framer.flush(frame)) note(frame);
  return seen;
}

std::string of_size(std::size_t size, char c = 'x') {
  return std::string(size, c);
}

TEST(Framer, CutsAtNewlines) {
  struct Case {
    const char* what;
    Texts reads;
    Texts frames;
  };
  const Case cases[] = {
      {"nothing", {}, {}},
      {"one line", {"a\n"}, {"a"}},
      {"several in one read", {"a\nbb\nccc\n"}, {"a", "bb", "ccc"}},
      {"empty lines", {"\n\na\n\n"}, {"", "", "a", ""}},
      {"a line over reads", {"a", "b", "c\nd\n"}, {"abc", "d"}},
      {"the newline alone", {"ab", "\n", "\n"}, {"ab", ""}},
      {"no newline at the end", {"a\nrest"}, {"a", "rest+"}},
      {"carriage returns stay", {"a\r\n"}, {"a\r"}},
      {"zero bytes stay", {std::string("a\0b\n", 4)}, {std::string("a\0b", 3)}},
  };
  for (const Case& c : cases) EXPECT_EQ(frames_of(c.reads), c.frames) << c.what;
}

TEST(Framer, SplitsWhatIsLongerThanARecord) {
  const std::string full = of_size(kMaxPayloadBytes);
  struct Case {
    const char* what;
    Texts reads;
    Texts frames;
  };
  const Case cases[] = {
      {"exactly the largest", {full + "\n"}, {full}},
      {"exactly the largest, newline later", {full, "\n"}, {full}},
      {"one byte more", {full + "y\n"}, {full + "+", "+y"}},
      {"one byte more, later", {full, "y", "\n"}, {full + "+", "+y"}},
      {"filled up over reads",
       {"ab", full + "\n"},
       {"ab" + of_size(kMaxPayloadBytes - 2) + "+", "+xx"}},
      {"three parts", {full + full + "z\nnext\n"}, {full + "+", "+" + full + "+", "+z", "next"}},
      {"twice the largest", {full + full + "\n"}, {full + "+", "+" + full}},
      {"no newline at the end", {full + "rest"}, {full + "+", "+rest+"}},
  };
  for (const Case& c : cases) EXPECT_EQ(frames_of(c.reads), c.frames) << c.what;
}

TEST(Framer, GoesOnWithALineThatWasFlushed) {
  Framer framer;
  Frame frame;
  framer.give("password: ", 10);
  ASSERT_FALSE(framer.next(frame));

  ASSERT_TRUE(framer.flush(frame));
  EXPECT_EQ(frame.bytes, "password: ");
  EXPECT_EQ(frame.flags, kContinues);
  EXPECT_FALSE(framer.holds_partial());
  framer.give("secret\nnext\n", 20);

  ASSERT_TRUE(framer.next(frame));
  EXPECT_EQ(frame.bytes, "secret");
  EXPECT_EQ(frame.flags, kContinued);
  ASSERT_TRUE(framer.next(frame));
  EXPECT_EQ(frame.flags, 0);
}

TEST(Framer, StampsALineWithItsFirstByte) {
  Framer framer;
  Frame frame;
  framer.give("a\nb", 10);
  ASSERT_TRUE(framer.next(frame));
  EXPECT_EQ(frame.time_ns, 10);
  ASSERT_FALSE(framer.next(frame));

  framer.give("c\nd\n", 20);

  ASSERT_TRUE(framer.next(frame));
  EXPECT_EQ(frame.bytes, "bc");
  EXPECT_EQ(frame.time_ns, 10);
  ASSERT_TRUE(framer.next(frame));
  EXPECT_EQ(frame.time_ns, 20);
}

}  // namespace
}  // namespace berth::logs
