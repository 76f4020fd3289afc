// method.hpp - one call of containerd's API: its path on the wire and the types that belong to it.
#pragma once

#include <string>
#include <string_view>

namespace berth::containerd_api {

/// The path and the messages of one call. The headers of the services (tasks.hpp, ...) list them.
template <class Request, class Reply>
struct Method {
  const char* path;  ///< "/containerd.services.tasks.v1.Tasks/Create"
};

/// "tasks.Create" for "/containerd.services.tasks.v1.Tasks/Create": how messages name a call.
inline std::string short_name(std::string_view path) {
  const auto slash = path.rfind('/');
  std::string_view service = path.substr(0, slash);
  constexpr std::string_view kPrefix = "/containerd.services.";
  if (service.starts_with(kPrefix)) service.remove_prefix(kPrefix.size());
  return std::string(service.substr(0, service.find('.'))) + "." +
         std::string(path.substr(slash + 1));
}

}  // namespace berth::containerd_api
