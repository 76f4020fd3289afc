// fault.hpp - the named errors of the calls, besides those of a task definition.
#pragma once

#include "controlplane/definition/fault.hpp"

namespace berth::lab {

using definition::client_fault;
using definition::done;
using definition::Fault;
using definition::Reply;

inline Fault parameter_fault(std::string message) {
  return {"InvalidParameterException", std::move(message)};
}
inline Fault cluster_not_found() {
  return {"ClusterNotFoundException", "Cluster not found."};
}

}  // namespace berth::lab
