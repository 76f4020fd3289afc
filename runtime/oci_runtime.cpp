// oci_runtime.cpp - a runtime's name to its path.
#include "runtime/oci_runtime.hpp"

#include "base/spawner.hpp"

namespace berth::runtime {

Result<std::string> find_oci_runtime(const std::string& name, const std::string& search_path) {
  if (std::optional<std::string> path = find_program(name, search_path)) return *std::move(path);
  const std::string why = "OCI runtime " + name + ": no such program ";
  if (name.starts_with('/')) return Error{Errc::Invalid, 0, why + "on this node"};
  return Error{Errc::Invalid, 0, why + "in the node's PATH, " + search_path};
}

std::string usual_oci_runtime(const std::string& search_path) {
  if (find_program("runc", search_path)) return "";
  return find_program("crun", search_path).value_or("");
}

}  // namespace berth::runtime
