// options.hpp - what berthd was asked on its command line; pure.
#pragma once

#include <span>
#include <string>

#include "base/result.hpp"

namespace berth::agent {

enum class Mode {
  Run,
  PrintConfig,
  Membership,
  Deregister,
  Purge,
  Doctor,
  DoctorAsJson,
  Help,
  Version
};

/// fails:  Invalid (an option berthd does not know, or that means nothing here; names it).
Result<Mode> parse_options(std::span<const char* const> arguments);

/// The text of --help; `settings` is the list of configuration.
std::string help_text(const std::string& settings);

}  // namespace berth::agent
