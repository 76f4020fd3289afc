// manifest.hpp - which tasks an agent should have, and which of those it asks about it may stop.
#pragma once

#include <string>
#include <vector>

#include "controlplane/protocol/session.hpp"
#include "lab/lab.hpp"

namespace berth::lab {

/// Every live task of the instance with what is wanted of it, as a task manifest lists them.
std::vector<protocol::TaskIdentifier> expected_tasks(Lab& lab, const Instance& instance);

/// Those of `candidates` that nobody wants to run on the instance: unknown, over, or to be stopped.
std::vector<protocol::TaskIdentifier> unwanted_tasks(
    Lab& lab, const Instance& instance, const std::vector<protocol::TaskIdentifier>& candidates);

}  // namespace berth::lab
