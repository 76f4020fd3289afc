// api_clusters.cpp - the calls about clusters.
#include "controlplane/definition/plain_name.hpp"
#include "lab/api.hpp"

namespace berth::lab {

namespace {

/// Members of CreateCluster that are kept and given back, whatever is in them.
constexpr const char* kKept[] = {"settings", "configuration", "capacityProviders",
                                 "defaultCapacityProviderStrategy", "serviceConnectDefaults"};

Json described(Lab& lab, const Cluster& cluster, bool with_tags) {
  Json shown = describe_cluster(lab, cluster);
  shown["tags"] = with_tags ? cluster.tags : Json::array();
  return shown;
}

}  // namespace

Reply<Json> create_cluster(Lab& lab, const Call& call) {
  BERTH_TRY(std::string name, text_in(call.input, "clusterName"));
  if (name.empty()) name = "default";
  if (!definition::is_plain_name(name)) return parameter_fault("Invalid cluster name: " + name);
  BERTH_TRY(const Json tags, tags_of(call.input));
  Cluster& cluster = lab.clusters()[name];
  // An active cluster is given back as it is; a deleted one begins again.
  if (cluster.name.empty() || cluster.status != "ACTIVE") {
    cluster = Cluster{name, "ACTIVE", Json::object(), tags};
    for (const char* member : kKept) {
      if (call.input.contains(member)) cluster.extra[member] = call.input[member];
    }
    BERTH_CHECK(lab.keep(cluster));
  }
  return Json{{"cluster", described(lab, cluster, true)}};
}

Reply<Json> describe_clusters(Lab& lab, const Call& call) {
  BERTH_TRY(std::vector<std::string> wanted, texts_in(call.input, "clusters"));
  if (wanted.empty()) wanted.push_back("default");
  if (wanted.size() > 100) return parameter_fault("clusters can have at most 100 items.");
  Json clusters = Json::array();
  Json failures = Json::array();
  for (const std::string& name : wanted) {
    const auto found = lab.clusters().find(std::string(last_part(name)));
    const bool is_here =
        found != lab.clusters().end() &&
        (!name.starts_with("arn:") || name == lab.names().cluster_arn(found->second.name));
    if (!is_here) {
      const std::string arn = name.starts_with("arn:") ? name : lab.names().cluster_arn(name);
      failures.push_back(failure(arn, "MISSING"));
      continue;
    }
    Json shown = described(lab, found->second, includes(call.input, "TAGS"));
    const Json& extra = found->second.extra;
    if (includes(call.input, "CONFIGURATIONS") && extra.contains("configuration")) {
      shown["configuration"] = extra["configuration"];
    }
    clusters.push_back(std::move(shown));
  }
  return Json{{"clusters", clusters}, {"failures", failures}};
}

Reply<Json> list_clusters(Lab& lab, const Call& call) {
  std::vector<std::string> arns;
  for (const auto& [name, cluster] : lab.clusters()) {
    if (cluster.status == "ACTIVE") arns.push_back(lab.names().cluster_arn(name));
  }
  return page_of(arns, call.input, "clusterArns");
}

Reply<Json> delete_cluster(Lab& lab, const Call& call) {
  BERTH_TRY(const std::string name, text_in(call.input, "cluster"));
  BERTH_TRY(Cluster * cluster, lab.find_cluster(name));
  for (const auto& [arn, instance] : lab.instances()) {
    if (instance.cluster == cluster->name && instance.status != "INACTIVE") {
      return Fault{
          "ClusterContainsContainerInstancesException",
          "The Cluster cannot be deleted while Container Instances are active or draining."};
    }
  }
  for (const auto& [id, task] : lab.tasks()) {
    if (task.cluster == cluster->name && task.is_live()) {
      return Fault{"ClusterContainsTasksException",
                   "The Cluster cannot be deleted while Tasks are active."};
    }
  }
  cluster->status = "INACTIVE";
  BERTH_CHECK(lab.keep(*cluster));
  return Json{{"cluster", described(lab, *cluster, false)}};
}

}  // namespace berth::lab
