// walk.cpp - depth-first through a cgroup tree that may shrink meanwhile.
#include "cgroups/walk.hpp"

#include <set>

#include "cgroups/kernel_file.hpp"

namespace berth::cgroups {

Result<std::vector<std::string>> cgroups_below(const Dir& root, const std::string& path) {
  std::vector<std::string> found{path};
  for (std::size_t next = 0; next < found.size(); ++next) {
    const std::string here = found[next];
    const Result<std::vector<std::string>> names = root.list(here);
    if (!names) {
      if (next > 0 && names.failed_with(Errc::NotFound)) continue;
      return names.error();
    }
    for (const std::string& name : *names) {
      if (root.is_dir(here + "/" + name)) found.push_back(here + "/" + name);
    }
  }
  return found;
}

Result<std::vector<int>> processes_below(const Hierarchy& hierarchy, const std::string& path) {
  std::set<int> pids;
  bool found = false;
  for (const Hierarchy::Branch& branch : hierarchy.branches()) {
    const Result<std::vector<std::string>> cgroups = cgroups_below(branch.root, path);
    if (cgroups.failed_with(Errc::NotFound)) continue;
    if (!cgroups) return cgroups.error();
    found = true;
    for (const std::string& cgroup : *cgroups) {
      const Result<Dir> dir = branch.root.sub(cgroup);
      if (dir.failed_with(Errc::NotFound)) continue;
      if (!dir) return dir.error();
      const Result<std::vector<int>> here = read_processes(*dir);
      if (here.failed_with(Errc::NotFound)) continue;
      if (!here) return here.error();
      pids.insert(here->begin(), here->end());
    }
  }
  if (!found) return Error{Errc::NotFound, 0, "cgroup /" + path + " is in no hierarchy"};
  return std::vector<int>(pids.begin(), pids.end());
}

}  // namespace berth::cgroups
