// verdict.hpp - why a task and its containers ended, in words; pure.
#pragma once

#include <string>
#include <vector>

#include "agent/model/record.hpp"
#include "agent/model/why.hpp"

namespace berth::engine {

/// What ended the task first, then how each container that has ended did. Empty while nothing has.
std::vector<model::Verdict> verdicts_of(const model::Record& record);

/// "exited with code 3", "exited with code 137: ended by SIGKILL".
std::string exit_text(const model::Exit& exit);

/// "3 processes killed for memory, 16.0 MiB used at most, the limit is 16.0 MiB"
std::string memory_text(const model::OutOfMemory& verdict);

}  // namespace berth::engine
