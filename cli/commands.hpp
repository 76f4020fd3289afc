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
///
/// run_dir, config_file:  $BERTH_RUN_DIR, $BERTH_CONFIG_FILE; nullptr when they are not set.
int run(const std::vector<std::string>& words, const char* run_dir, std::ostream& out,
        std::ostream& err, const char* config_file = nullptr);

}  // namespace berth::cli
