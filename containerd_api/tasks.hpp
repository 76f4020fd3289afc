// tasks.hpp - the calls of containerd's service Tasks: running processes of containers.
#pragma once

#include <github.com/containerd/containerd/api/services/tasks/v1/tasks.pb.h>
#include <google/protobuf/empty.pb.h>

#include "containerd_api/method.hpp"

namespace berth::containerd_api::tasks {

using namespace ::containerd::services::tasks::v1;

using ::google::protobuf::Empty;

inline constexpr Method<CreateTaskRequest, CreateTaskResponse> kCreate{
    "/containerd.services.tasks.v1.Tasks/Create"};
inline constexpr Method<StartRequest, StartResponse> kStart{
    "/containerd.services.tasks.v1.Tasks/Start"};
inline constexpr Method<DeleteTaskRequest, DeleteResponse> kDelete{
    "/containerd.services.tasks.v1.Tasks/Delete"};
inline constexpr Method<DeleteProcessRequest, DeleteResponse> kDeleteProcess{
    "/containerd.services.tasks.v1.Tasks/DeleteProcess"};
inline constexpr Method<GetRequest, GetResponse> kGet{"/containerd.services.tasks.v1.Tasks/Get"};
inline constexpr Method<ListTasksRequest, ListTasksResponse> kList{
    "/containerd.services.tasks.v1.Tasks/List"};
inline constexpr Method<KillRequest, Empty> kKill{"/containerd.services.tasks.v1.Tasks/Kill"};
inline constexpr Method<ExecProcessRequest, Empty> kExec{
    "/containerd.services.tasks.v1.Tasks/Exec"};
inline constexpr Method<ListPidsRequest, ListPidsResponse> kListPids{
    "/containerd.services.tasks.v1.Tasks/ListPids"};
inline constexpr Method<WaitRequest, WaitResponse> kWait{
    "/containerd.services.tasks.v1.Tasks/Wait"};

}  // namespace berth::containerd_api::tasks
