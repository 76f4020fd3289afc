// crash_point.hpp - places where a test kills the program, to see that nothing is lost by it.
#pragma once

#include <initializer_list>
#include <span>
#include <string_view>

#include "base/result.hpp"

#ifndef BERTH_CRASH_POINTS
#error "whoever has crash points lists berth_crash_points among the LIBS of its room"
#endif

/// Kills the program at once, as `kill -9` does, when this point is armed. The name may be given in
/// parts: BERTH_CRASH_POINT("step.", name_of(kind), ".done"). docs/crash-points.md lists all; built
/// without the CMake option BERTH_CRASH_POINTS there is nothing here.
#if BERTH_CRASH_POINTS
#define BERTH_CRASH_POINT(...) ::berth::crash_point::pass({__VA_ARGS__})
#else
#define BERTH_CRASH_POINT(...) static_cast<void>(0)
#endif

namespace berth::crash_point {

/// Arms one point: "netns.pinned" or, for its third passage, "netns.pinned:3". Called by main
/// before the first thread is started; the program has one armed point at most.
///
/// known:  the names of all points.
/// fails:  Invalid (no such point, or no number from 1 to 999999 behind the colon).
Result<> arm(std::string_view where, std::span<const std::string_view> known);

/// What BERTH_CRASH_POINT calls; from any thread.
void pass(std::initializer_list<std::string_view> name_in_parts);

}  // namespace berth::crash_point
