// namespace.cpp - two calls at the start of a program.
#include "runtime/namespace.hpp"

#include "base/crash_point.hpp"
#include "containerd_api/awaitable.hpp"
#include "containerd_api/namespaces.hpp"
#include "containerd_api/version.hpp"

namespace berth::runtime {

namespace api = containerd_api;

Async<> ensure_namespace(api::Connection& connection, Deadline by) {
  api::namespaces::CreateNamespaceRequest request;
  request.mutable_namespace_()->set_name(connection.namespace_name());
  Result<api::namespaces::CreateNamespaceResponse> made =
      co_await api::call(connection, api::namespaces::kCreate, std::move(request), by);
  BERTH_CRASH_POINT("containerd.namespace-made");
  if (made || made.failed_with(Errc::Exists)) co_return ok();
  co_return std::move(made).error();
}

Async<std::string> engine_version(api::Connection& connection, Deadline by) {
  google::protobuf::Empty request;
  BERTH_CO_TRY(const api::version::VersionResponse answer,
               co_await api::call(connection, api::version::kVersion, std::move(request), by));
  co_return answer.version();
}

}  // namespace berth::runtime
