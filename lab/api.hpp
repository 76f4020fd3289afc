// api.hpp - the calls of the ECS API, by name.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "controlplane/definition/shape.hpp"
#include "lab/fault.hpp"
#include "lab/lab.hpp"

namespace berth::lab {

using definition::check_shape;
using definition::Kind;
using definition::Member;

/// One call as it came. The signature has been checked.
struct Call {
  const Json& input;     ///< an object; nulls removed
  std::string base_url;  ///< "http://127.0.0.1:8180", as the caller addressed us
};

/// Answers one call. operation: "RunTask".
///
/// fails:  UnknownOperationException, or what the call refuses with.
Reply<Json> answer(Lab& lab, std::string_view operation, const Call& call);

// One function for each call; the file says the subject.
using ApiCall = Reply<Json> (*)(Lab&, const Call&);

// api_clusters.cpp
Reply<Json> create_cluster(Lab& lab, const Call& call);
Reply<Json> describe_clusters(Lab& lab, const Call& call);
Reply<Json> list_clusters(Lab& lab, const Call& call);
Reply<Json> delete_cluster(Lab& lab, const Call& call);

// api_definitions.cpp
Reply<Json> register_task_definition(Lab& lab, const Call& call);
Reply<Json> describe_task_definition(Lab& lab, const Call& call);
Reply<Json> deregister_task_definition(Lab& lab, const Call& call);
Reply<Json> list_task_definitions(Lab& lab, const Call& call);
Reply<Json> list_task_definition_families(Lab& lab, const Call& call);

// api_run.cpp
Reply<Json> run_task(Lab& lab, const Call& call);
Reply<Json> start_task(Lab& lab, const Call& call);

// api_tasks.cpp
Reply<Json> stop_task(Lab& lab, const Call& call);
Reply<Json> describe_tasks(Lab& lab, const Call& call);
Reply<Json> list_tasks(Lab& lab, const Call& call);

// api_instances.cpp
Reply<Json> describe_container_instances(Lab& lab, const Call& call);
Reply<Json> list_container_instances(Lab& lab, const Call& call);
Reply<Json> deregister_container_instance(Lab& lab, const Call& call);
Reply<Json> update_container_instances_state(Lab& lab, const Call& call);
Reply<Json> put_attributes(Lab& lab, const Call& call);
Reply<Json> delete_attributes(Lab& lab, const Call& call);
Reply<Json> list_attributes(Lab& lab, const Call& call);

// api_agent.cpp
Reply<Json> register_container_instance(Lab& lab, const Call& call);
Reply<Json> discover_poll_endpoint(Lab& lab, const Call& call);
Reply<Json> submit_task_state_change(Lab& lab, const Call& call);
Reply<Json> submit_container_state_change(Lab& lab, const Call& call);
Reply<Json> submit_attachment_state_changes(Lab& lab, const Call& call);

// api_tags.cpp
Reply<Json> tag_resource(Lab& lab, const Call& call);
Reply<Json> untag_resource(Lab& lab, const Call& call);
Reply<Json> list_tags_for_resource(Lab& lab, const Call& call);
/// The tags of a request, checked. fails: InvalidParameterException.
Reply<Json> tags_of(const Json& input);
/// `into` with `added` over it, by key.
Json merged_tags(const Json& into, const Json& added);
/// True when `include` of the request names it.
bool includes(const Json& input, std::string_view what);

// api_input.cpp
/// A text member; "" when absent. fails: SerializationException (not a text).
Reply<std::string> text_in(const Json& input, const char* name);
Reply<std::int64_t> integer_in(const Json& input, const char* name, std::int64_t otherwise);
Reply<bool> boolean_in(const Json& input, const char* name, bool otherwise);
Reply<std::vector<std::string>> texts_in(const Json& input, const char* name);
/// {"<member>": one page, "nextToken": ...} of a whole list, by maxResults (at most 100) and
/// nextToken. fails: InvalidParameterException.
Reply<Json> page_of(const std::vector<std::string>& whole, const Json& input, const char* member);
/// An entry of failures[].
Json failure(const std::string& arn, const std::string& reason, const std::string& detail = "");

}  // namespace berth::lab
