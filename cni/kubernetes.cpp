// kubernetes.cpp - a list of names, and the members that point to a cluster.
#include "cni/kubernetes.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace berth::cni {

namespace {

constexpr const char* kWhy =
    " works only within Kubernetes, whose API it asks; allowed are plugins that need none, such "
    "as bridge, ptp, macvlan, ipvlan, vlan, flannel, portmap, bandwidth, firewall, tuning";

/// Programs that ask Kubernetes for the pod, its addresses or its policies.
/// source: the installation pages of each project.
constexpr auto kClusterPlugins = std::to_array<std::string_view>(
    {"antrea",           "aws-cni",     "azure-ipam",  "azure-vnet",
     "calico",           "calico-ipam", "cilium",      "cilium-cni",
     "contrail-k8s-cni", "coordinator", "danm",        "genie",
     "istio-cni",        "kube-ovn",    "linkerd-cni", "multus",
     "multus-cni",       "multus-shim", "nsx",         "ovn-k8s-cni-overlay",
     "spiderpool",       "terway",      "whereabouts"});

bool is_cluster_plugin(const std::string& type) {
  return std::find(kClusterPlugins.begin(), kClusterPlugins.end(), type) != kClusterPlugins.end();
}

/// The members under which plugins are told of a cluster.
const char* cluster_member(const Json& config) {
  for (const char* name : {"kubeconfig", "kubernetes", "kubeConfig"}) {
    if (config.contains(name)) return name;
  }
  return nullptr;
}

}  // namespace

Result<> check_without_kubernetes(const std::string& type, const std::string& ipam_type,
                                  const Json& config, const std::string& where) {
  const auto refused = [&where](const std::string& member, const std::string& value) {
    return Error{Errc::Invalid, 0, where + "." + member + ": \"" + value + "\"" + kWhy};
  };
  if (is_cluster_plugin(type)) return refused("type", type);
  if (is_cluster_plugin(ipam_type)) return refused("ipam.type", ipam_type);
  if (const char* member = cluster_member(config)) return refused(member, type);
  const auto ipam = config.find("ipam");
  if (ipam == config.end() || !ipam->is_object()) return ok();
  if (const char* member = cluster_member(*ipam)) {
    return refused(std::string("ipam.") + member, ipam_type);
  }
  return ok();
}

}  // namespace berth::cni
