// oci_runtime.cpp - a runtime's name to its path.
#include "runtime/oci_runtime.hpp"

#include <sstream>

#include "base/spawner.hpp"

namespace berth::runtime {

Result<std::string> find_oci_runtime(const std::string& name, const std::string& search_path) {
  if (name.starts_with('/')) {
    if (is_program(name)) return name;
    return Error{Errc::Invalid, 0, "OCI runtime " + name + ": no such program on this node"};
  }
  std::istringstream directories(search_path);
  for (std::string directory; std::getline(directories, directory, ':');) {
    if (!directory.starts_with('/')) continue;
    if (const std::string path = directory + "/" + name; is_program(path)) return path;
  }
  return Error{Errc::Invalid, 0,
               "OCI runtime " + name + ": no such program in the node's PATH, " + search_path};
}

}  // namespace berth::runtime
