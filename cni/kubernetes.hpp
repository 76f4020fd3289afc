// kubernetes.hpp - plugins that work only in a Kubernetes cluster, by name; pure.
#pragma once

#include <string>

#include "base/json.hpp"
#include "base/result.hpp"

namespace berth::cni {

/// Those known to ask the API server of Kubernetes for each attachment, and any that is given a
/// kubeconfig. flannel is none of them: it reads /run/flannel/subnet.env.
///
/// fails:  Invalid, naming the member and why.
Result<> check_without_kubernetes(const std::string& type, const std::string& ipam_type,
                                  const Json& config, const std::string& where);

}  // namespace berth::cni
