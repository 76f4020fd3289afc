// framer.cpp - cutting a stream at its newlines.
#include "logs/framer.hpp"

namespace berth::logs {

bool Framer::next(Frame& frame) {
  if (held_was_given_) held_size_ = 0;
  held_was_given_ = false;
  if (input_.empty()) return false;

  // A line of exactly the largest size is one record, so one byte more is looked at.
  const std::size_t room = kMaxPayloadBytes - held_size_;
  const std::size_t window = input_.size() < room + 1 ? input_.size() : room + 1;
  const void* newline = std::memchr(input_.data(), '\n', window);
  if (newline != nullptr) {
    emit(static_cast<std::size_t>(static_cast<const char*>(newline) - input_.data()), true, frame);
    return true;
  }
  if (input_.size() > room) {
    emit(room, false, frame);
    return true;
  }
  hold(input_.size());
  return false;
}

bool Framer::flush(Frame& frame) {
  if (held_was_given_) held_size_ = 0;
  held_was_given_ = false;
  if (held_size_ == 0) return false;
  emit(0, false, frame);
  return true;
}

void Framer::emit(std::size_t size, bool ends, Frame& frame) {
  frame.flags = static_cast<std::uint8_t>((ends ? 0 : kContinues) | (in_line_ ? kContinued : 0));
  in_line_ = !ends;
  if (held_size_ == 0) {
    frame.bytes = {input_.data(), size};
    frame.time_ns = input_time_ns_;
    input_.remove_prefix(size);
  } else {
    hold(size);
    frame.bytes = {held_, held_size_};
    frame.time_ns = held_time_ns_;
    held_was_given_ = true;
  }
  if (ends) input_.remove_prefix(1);
}

void Framer::hold(std::size_t size) {
  if (held_size_ == 0) held_time_ns_ = input_time_ns_;
  if (size > 0) std::memcpy(held_ + held_size_, input_.data(), size);
  held_size_ += size;
  input_.remove_prefix(size);
}

}  // namespace berth::logs
