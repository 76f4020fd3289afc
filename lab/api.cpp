// api.cpp - the calls of the ECS API, by name.
#include "lab/api.hpp"

#include <map>

namespace berth::lab {

Reply<Json> answer(Lab& lab, std::string_view operation, const Call& call) {
  static const std::map<std::string_view, ApiCall> calls = {
      {"CreateCluster", create_cluster},
      {"DescribeClusters", describe_clusters},
      {"ListClusters", list_clusters},
      {"DeleteCluster", delete_cluster},
      {"RegisterTaskDefinition", register_task_definition},
      {"DescribeTaskDefinition", describe_task_definition},
      {"DeregisterTaskDefinition", deregister_task_definition},
      {"ListTaskDefinitions", list_task_definitions},
      {"ListTaskDefinitionFamilies", list_task_definition_families},
      {"RunTask", run_task},
      {"StartTask", start_task},
      {"StopTask", stop_task},
      {"DescribeTasks", describe_tasks},
      {"ListTasks", list_tasks},
      {"DescribeContainerInstances", describe_container_instances},
      {"ListContainerInstances", list_container_instances},
      {"DeregisterContainerInstance", deregister_container_instance},
      {"UpdateContainerInstancesState", update_container_instances_state},
      {"PutAttributes", put_attributes},
      {"DeleteAttributes", delete_attributes},
      {"ListAttributes", list_attributes},
      {"RegisterContainerInstance", register_container_instance},
      {"DiscoverPollEndpoint", discover_poll_endpoint},
      {"SubmitTaskStateChange", submit_task_state_change},
      {"SubmitContainerStateChange", submit_container_state_change},
      {"SubmitAttachmentStateChanges", submit_attachment_state_changes},
      {"TagResource", tag_resource},
      {"UntagResource", untag_resource},
      {"ListTagsForResource", list_tags_for_resource},
  };
  const auto found = calls.find(operation);
  if (found == calls.end()) return Fault{"UnknownOperationException", ""};
  return found->second(lab, call);
}

}  // namespace berth::lab
