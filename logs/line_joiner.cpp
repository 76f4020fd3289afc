// line_joiner.cpp - parts to lines.
#include "logs/line_joiner.hpp"

namespace berth::logs {

void LineJoiner::release(Held& held, std::vector<Line>& out) {
  if (held.any) out.push_back(std::move(held.line));
  held = {};
}

std::vector<Line> LineJoiner::push(Entry entry) {
  std::vector<Line> out;
  if (entry.kind == Kind::Gap || entry.missed > 0) out = finish();
  if (entry.kind == Kind::Gap) return out;

  Held& held = held_of(entry.kind);
  if ((entry.flags & kContinued) == 0) release(held, out);
  if (held.any) {
    held.line.text += entry.text;
  } else {
    held = {true, {entry.kind, entry.time_ns, std::move(entry.text)}};
  }
  const bool ends = (entry.flags & kContinues) == 0;
  if (ends || held.line.text.size() >= max_bytes_) release(held, out);
  return out;
}

std::vector<Line> LineJoiner::finish() {
  std::vector<Line> out;
  for (Held& held : held_) release(held, out);
  return out;
}

}  // namespace berth::logs
