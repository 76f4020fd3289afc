// line_joiner.hpp - the parts of long lines put together again; pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "logs/spool_reader.hpp"

namespace berth::logs {

/// What a container wrote between two newlines.
struct Line {
  Kind stream = Kind::Stdout;
  std::int64_t time_ns = 0;  ///< of its first byte
  std::string text;

  bool operator==(const Line&) const = default;
};

/// Joins per stream. A line whose end never comes (the container died, or its end was dropped) ends
/// where the stream goes on with something else.
class LineJoiner {
 public:
  /// max_bytes:  a line longer than this comes in several.
  explicit LineJoiner(std::size_t max_bytes = 1 << 20) : max_bytes_(max_bytes) {}

  /// Takes one entry; gives the lines that are whole now, none or up to two. Around a gap nothing
  /// is joined: both streams end what they hold.
  std::vector<Line> push(Entry entry);

  /// What is held of lines that have not ended.
  std::vector<Line> finish();

 private:
  struct Held {
    bool any = false;
    Line line;
  };
  Held& held_of(Kind stream) { return held_[stream == Kind::Stderr ? 1 : 0]; }
  static void release(Held& held, std::vector<Line>& out);

  std::size_t max_bytes_;
  std::array<Held, 2> held_;
};

}  // namespace berth::logs
