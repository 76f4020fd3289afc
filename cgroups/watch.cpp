// watch.cpp - kill counts, population, and the kernel's notice that they changed.
#include "cgroups/watch.hpp"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>

#include <cerrno>
#include <string>

#include "cgroups/kernel_file.hpp"
#include "cgroups/walk.hpp"

namespace berth::cgroups {

namespace {

Result<Events> events_v2(const Dir& cgroup) {
  Events events;
  BERTH_TRY(const std::string memory, read_if_there(cgroup, "memory.events"));
  BERTH_TRY(const std::string state, cgroup.read("cgroup.events"));
  events.oom_kills = field(memory, "oom_kill").value_or(0);
  events.populated = field(state, "populated").value_or(0) != 0;
  return events;
}

Result<Events> events_v1(const Hierarchy& hierarchy, const std::string& path) {
  Events events;
  BERTH_TRY(const std::vector<int> pids, processes_below(hierarchy, path));
  events.populated = !pids.empty();
  if (!hierarchy.has("memory")) return events;
  const Dir& root = hierarchy.branch_of("memory")->root;
  BERTH_TRY(const std::vector<std::string> cgroups, cgroups_below(root, path));
  for (const std::string& cgroup : cgroups) {
    const Result<std::string> control = root.read(cgroup + "/memory.oom_control");
    // One that ended while we looked takes its count with it.
    if (control.failed_with(Errc::NotFound) && cgroup != path) continue;
    if (!control) return control.error();
    events.oom_kills += field(*control, "oom_kill").value_or(0);
  }
  return events;
}

Result<UniqueFd> watch_v2(const Dir& cgroup) {
  UniqueFd fd(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!fd) return os_error(errno, "watch " + cgroup.path());
  for (const char* file : {"cgroup.events", "memory.events"}) {
    const std::string name = cgroup.path() + "/" + file;
    if (::inotify_add_watch(fd.get(), name.c_str(), IN_MODIFY) < 0 && cgroup.exists(file)) {
      return os_error(errno, "watch " + name);
    }
  }
  return fd;
}

Result<UniqueFd> watch_v1(const Dir& memory) {
  UniqueFd fd(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!fd) return os_error(errno, "watch " + memory.path());
  const UniqueFd control(::openat(memory.fd(), "memory.oom_control", O_RDONLY | O_CLOEXEC));
  if (!control) return os_error(errno, "open " + memory.path() + "/memory.oom_control");
  BERTH_CHECK(memory.write("cgroup.event_control",
                           std::to_string(fd.get()) + " " + std::to_string(control.get())));
  return fd;
}

}  // namespace

Result<Events> events_of(const Hierarchy& hierarchy, std::string_view path) {
  BERTH_TRY(const std::string plain, relative_path(path));
  if (hierarchy.version() == Version::V1) return events_v1(hierarchy, plain);
  BERTH_TRY(const Dir cgroup, hierarchy.unified()->root.sub(plain));
  return events_v2(cgroup);
}

Result<Watch> Watch::open(const Hierarchy& hierarchy, std::string_view path) {
  BERTH_TRY(const std::string plain, relative_path(path));
  const bool v1 = hierarchy.version() == Version::V1;
  const Hierarchy::Branch* branch = v1 ? hierarchy.branch_of("memory") : hierarchy.unified();
  if (branch == nullptr) return Error{Errc::NotFound, 0, "this node has no memory controller"};
  BERTH_TRY(const Dir cgroup, branch->root.sub(plain));
  BERTH_TRY(UniqueFd fd, v1 ? watch_v1(cgroup) : watch_v2(cgroup));
  return Watch(std::move(fd));
}

void Watch::drain() {
  char block[4096];
  while (::read(fd_.get(), block, sizeof block) > 0) {
  }
}

}  // namespace berth::cgroups
