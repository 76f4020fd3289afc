// awsvpc.hpp - what RunTask and StartTask say of a task's own interface.
#pragma once

#include "base/json.hpp"
#include "lab/fault.hpp"
#include "lab/lab.hpp"

namespace berth::lab {

/// networkConfiguration of a request, checked against the definition and the VPC; an empty object
/// for a task without its own interface.
///
/// fails:  InvalidParameterException.
Reply<Json> network_in(Lab& lab, const Json& input, const Json& definition);

}  // namespace berth::lab
