// commands.hpp - what each command of berth does.
#pragma once

#include <iosfwd>

#include "cli/arguments.hpp"

namespace berth::cli {

inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;
inline constexpr int kWrongUsage = 2;
inline constexpr int kUnreachable = 3;

/// The whole program: words in, exit status out. A failure is one message on `err`.
int run(const std::vector<std::string>& words, const char* run_dir, std::ostream& out,
        std::ostream& err);

}  // namespace berth::cli
