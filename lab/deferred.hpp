// deferred.hpp - what of a task definition is kept without being acted on yet; pure.
#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"

namespace berth::lab {

/// The fields as their author knows them: "taskRoleArn", "containerDefinitions[0].secrets". The lab
/// has no credentials and no log service to give, and berthd does not act on the others.
///
/// definition: as normalised_definition returns it.
std::vector<std::string> deferred_fields(const Json& definition);

}  // namespace berth::lab
