// framer.hpp - bytes of one stream to lines; pure.
//
// Used by berth-logger: nothing here allocates or throws.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "logs/record.hpp"

namespace berth::logs {

/// A line without its newline, or a part of one.
struct Frame {
  std::string_view bytes;    ///< valid until the next call to the framer
  std::int64_t time_ns = 0;  ///< when the first of its bytes was read
  std::uint8_t flags = 0;    ///< kContinues, kContinued
};

/// Cuts one stream at its newlines. A line past kMaxPayloadBytes comes in parts of that size, the
/// last one with the rest. Bytes go in with give(), lines come out of next() until it says no:
///
///   framer.give(bytes, now);
///   while (framer.next(frame)) spool.append(...);
class Framer {
 public:
  /// `bytes` must stay until next() has said no, which it must have done before the next give().
  void give(std::string_view bytes, std::int64_t time_ns) {
    input_ = bytes;
    input_time_ns_ = time_ns;
  }

  /// The next whole line, or full part of one; false when more bytes are needed.
  bool next(Frame& frame);

  /// What is held of a line that has not ended, flagged kContinues; false when nothing is. For the
  /// end of the stream, and for a prompt that waits without a newline.
  bool flush(Frame& frame);

  bool holds_partial() const { return held_size_ > 0 && !held_was_given_; }

 private:
  void emit(std::size_t size, bool ends, Frame& frame);
  void hold(std::size_t size);

  std::string_view input_;
  std::int64_t input_time_ns_ = 0;
  std::size_t held_size_ = 0;
  std::int64_t held_time_ns_ = 0;
  bool held_was_given_ = false;  ///< the last frame was `held_`; it is free at the next call
  bool in_line_ = false;         ///< the last frame did not end its line
  char held_[kMaxPayloadBytes];
};

}  // namespace berth::logs
