// tree.cpp - the same path in every mounted hierarchy.
#include "cgroups/tree.hpp"

#include <poll.h>

#include <algorithm>
#include <array>

#include "base/crash_point.hpp"
#include "base/text.hpp"

namespace berth::cgroups {

namespace {

// The v1 controllers in which a task gets a cgroup. runc makes its own in the others.
constexpr std::array kNeededV1{"cpu",    "cpuacct", "memory",  "pids",
                               "cpuset", "devices", "freezer", "blkio"};
// What is handed down on v2, where the root offers it.
constexpr std::array kHandedDown{"cpu", "memory", "pids", "io", "cpuset"};

template <class Names>
bool contains(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_needed(const Hierarchy::Branch& branch) {
  return std::any_of(branch.controllers.begin(), branch.controllers.end(),
                     [](const std::string& name) { return contains(kNeededV1, name); });
}

/// "a/b/c" as "a", "a/b", "a/b/c".
std::vector<std::string> levels_of(const std::string& path) {
  std::vector<std::string> levels;
  for (std::size_t slash = path.find('/'); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    levels.push_back(path.substr(0, slash));
  }
  levels.push_back(path);
  return levels;
}

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

std::string below(const std::string& dir, std::string_view file) {
  return (dir.empty() ? "" : dir + "/") + std::string(file);
}

/// A new v1 cpuset has no CPUs and no memory nodes, and refuses every process until it has.
Result<> inherit_cpuset(const Dir& root, const std::string& path) {
  for (const char* file : {"cpuset.cpus", "cpuset.mems"}) {
    BERTH_TRY(const std::string own, root.read(below(path, file)));
    if (!words_of(own).empty()) continue;
    BERTH_TRY(const std::string inherited, root.read(below(parent_of(path), file)));
    const std::vector<std::string> value = words_of(inherited);
    if (!value.empty()) BERTH_CHECK(root.write(below(path, file), value.front()));
  }
  return ok();
}

/// Kernels before 5.11 count only the cgroup itself unless told otherwise, and can be told only
/// while it has no children.
Result<> count_below(const Dir& root, const std::string& path) {
  const std::string file = below(path, "memory.use_hierarchy");
  if (!root.exists(file)) return ok();
  BERTH_TRY(const std::string now, root.read(file));
  if (!now.empty() && now.front() == '1') return ok();
  Result<> set = root.write(file, "1");
  return set.failed_with(Errc::Exhausted) ? ok() : set;
}

Result<> make_level(const Dir& root, const std::string& level) {
  Result<> made = root.make(level);
  BERTH_CRASH_POINT("cgroup.folder-made");
  return made.failed_with(Errc::Exists) ? ok() : made;
}

Result<> create_v1(const Hierarchy::Branch& branch, const std::string& path) {
  for (const std::string& level : levels_of(path)) {
    BERTH_CHECK(make_level(branch.root, level));
    if (contains(branch.controllers, "cpuset")) BERTH_CHECK(inherit_cpuset(branch.root, level));
    if (contains(branch.controllers, "memory")) BERTH_CHECK(count_below(branch.root, level));
  }
  return ok();
}

/// Lets the children of `level` ("" is the root) have limits of their own.
Result<> hand_down(const Dir& root, const std::string& level) {
  const std::string file = below(level, "cgroup.subtree_control");
  BERTH_TRY(const std::string offered_text, root.read(below(level, "cgroup.controllers")));
  BERTH_TRY(const std::string enabled_text, root.read(file));
  const std::vector<std::string> offered = words_of(offered_text);
  const std::vector<std::string> enabled = words_of(enabled_text);
  std::string wanted;
  for (const char* name : kHandedDown) {
    if (!contains(offered, name) || contains(enabled, name)) continue;
    wanted += (wanted.empty() ? "+" : " +") + std::string(name);
  }
  if (wanted.empty()) return ok();
  Result<> written = root.write(file, wanted);
  if (!written && written.error().code == Errc::Exhausted) {
    return std::move(written).error().while_doing("cgroup \"/" + level +
                                                  "\" holds processes of its own");
  }
  return written;
}

Result<> create_v2(const Hierarchy::Branch& branch, const std::string& path) {
  BERTH_CHECK(hand_down(branch.root, ""));
  for (const std::string& level : levels_of(path)) {
    BERTH_CHECK(make_level(branch.root, level));
    BERTH_CHECK(hand_down(branch.root, level));
  }
  return ok();
}

Result<> remove_children(const Dir& root, const std::string& path, Deadline by);

/// rmdir until it works: the last process may not have left the cgroup yet, though it is dead.
Result<> remove_one(const Dir& root, const std::string& path, Deadline by) {
  while (true) {
    Result<> removed = root.remove(path);
    if (removed) BERTH_CRASH_POINT("cgroup.folder-removed");
    if (removed || removed.failed_with(Errc::NotFound)) return ok();
    // EBUSY from the kernel, ENOTEMPTY from ordinary directories: children or processes.
    const bool busy = removed.failed_with(Errc::Exhausted) || removed.failed_with(Errc::Invalid);
    if (!busy) return removed;
    BERTH_CHECK(remove_children(root, path, by));
    removed = root.remove(path);
    if (removed || removed.failed_with(Errc::NotFound)) return ok();
    if (by.has_passed()) {
      return Error{Errc::TimedOut, removed.error().os_errno, removed.error().message};
    }
    // The kernel has no event for "may be removed now" on v1; the next turn looks again.
    ::poll(nullptr, 0, 2);
  }
}

Result<> remove_children(const Dir& root, const std::string& path, Deadline by) {
  const Result<std::vector<std::string>> names = root.list(path);
  if (!names) return names.failed_with(Errc::NotFound) ? ok() : Result<>(names.error());
  for (const std::string& name : *names) {
    const std::string child = path + "/" + name;
    if (root.is_dir(child)) BERTH_CHECK(remove_one(root, child, by));
  }
  return ok();
}

}  // namespace

Result<std::string> relative_path(std::string_view path) {
  std::string plain(path.substr(!path.empty() && path.front() == '/' ? 1 : 0));
  for (std::size_t from = 0; from <= plain.size();) {
    const std::size_t to = std::min(plain.find('/', from), plain.size());
    const std::string_view name = std::string_view(plain).substr(from, to - from);
    if (name.empty() || name == "." || name == "..") {
      return Error{Errc::Invalid, 0, "\"" + std::string(path) + "\" is not the path of a cgroup"};
    }
    from = to + 1;
  }
  return plain;
}

std::string runc_path(std::string_view parent, std::string_view task, std::string_view container) {
  return std::string(parent) + "/" + std::string(task) + "/" + std::string(container);
}

Result<Hierarchy> Hierarchy::open() {
  BERTH_TRY(const std::string mounts, read_file("/proc/self/mounts", 16 << 20));
  return open(mounts);
}

Result<Hierarchy> Hierarchy::open(std::string_view mounts) {
  std::vector<Branch> branches;
  bool v1 = false;
  bool unified = false;
  for (const Mount& mount : parse_mounts(mounts)) {
    Result<Dir> root = Dir::open(mount.point);
    // A mount may be hidden below another one.
    if (root.failed_with(Errc::NotFound)) continue;
    if (!root) return std::move(root).error();
    Branch branch{mount.unified, mount.controllers, std::move(*root)};
    if (mount.unified) {
      unified = true;
      BERTH_TRY(const std::string offered, branch.root.read("cgroup.controllers"));
      branch.controllers = words_of(offered);
    } else if (contains(mount.controllers, "cpu") || contains(mount.controllers, "memory")) {
      v1 = true;
    }
    branches.push_back(std::move(branch));
  }
  if (!v1 && !unified) {
    return Error{Errc::NotFound, 0, "no cgroup hierarchy is mounted (looked in /proc/self/mounts)"};
  }
  return Hierarchy(v1 ? Version::V1 : Version::V2, v1 && unified, std::move(branches));
}

const Hierarchy::Branch* Hierarchy::branch_of(std::string_view controller) const {
  for (const Branch& branch : branches_) {
    // Beside v1 the unified hierarchy may offer what v1 has not taken; berth does not split a task
    // over both kinds.
    if (branch.unified == (version_ == Version::V2) && contains(branch.controllers, controller)) {
      return &branch;
    }
  }
  return nullptr;
}

const Hierarchy::Branch* Hierarchy::unified() const {
  const auto found = std::find_if(branches_.begin(), branches_.end(),
                                  [](const Branch& branch) { return branch.unified; });
  return found == branches_.end() ? nullptr : &*found;
}

std::vector<std::string> Hierarchy::controllers() const {
  std::vector<std::string> names;
  for (const Branch& branch : branches_) {
    if (branch.unified != (version_ == Version::V2)) continue;
    for (const std::string& name : branch.controllers) {
      if (name.rfind("name=", 0) != 0) names.push_back(name);
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// The v2 root has no limits of its own; any first-level cgroup shows which there are.
bool Hierarchy::is_below_root(std::string_view controller, std::string_view file) const {
  const Branch* branch = branch_of(controller);
  if (branch == nullptr) return false;
  const Result<std::vector<std::string>> names = branch->root.list();
  if (!names) return false;
  return std::any_of(names->begin(), names->end(), [&](const std::string& name) {
    return branch->root.exists(below(name, file));
  });
}

bool Hierarchy::counts_swap() const {
  if (version_ == Version::V2) return is_below_root("memory", "memory.swap.max");
  const Branch* memory = branch_of("memory");
  return memory != nullptr && memory->root.exists("memory.memsw.limit_in_bytes");
}

bool Hierarchy::weighs_io(std::string_view file) const {
  return version_ == Version::V2 && is_below_root("io", file);
}

Result<> Hierarchy::create(std::string_view path) const {
  BERTH_TRY(const std::string plain, relative_path(path));
  for (const Branch& branch : branches_) {
    if (branch.unified != (version_ == Version::V2)) continue;
    if (version_ == Version::V1 && !is_needed(branch)) continue;
    Result<> made = branch.unified ? create_v2(branch, plain) : create_v1(branch, plain);
    if (!made) return std::move(made).error().while_doing("create cgroup /" + plain);
  }
  BERTH_CRASH_POINT("cgroup.made");
  return ok();
}

Result<> Hierarchy::remove(std::string_view path, Deadline by) const {
  BERTH_TRY(const std::string plain, relative_path(path));
  Result<> outcome = ok();
  for (const Branch& branch : branches_) {
    Result<> removed = remove_one(branch.root, plain, by);
    // The others go on: what can be removed now need not be looked for later.
    if (!removed && outcome) {
      outcome = std::move(removed).error().while_doing("remove cgroup /" + plain);
    }
  }
  return outcome;
}

Result<> Hierarchy::remove_if_empty(std::string_view path) const {
  BERTH_TRY(const std::string plain, relative_path(path));
  for (const Branch& branch : branches_) {
    const Result<> removed = branch.root.remove(plain);
    // As in remove_one: EBUSY, ENOTEMPTY.
    const bool stays = removed.failed_with(Errc::Exhausted) || removed.failed_with(Errc::Invalid);
    if (!removed && !stays && !removed.failed_with(Errc::NotFound)) return removed;
  }
  return ok();
}

bool Hierarchy::exists(std::string_view path) const {
  return !places(path).empty();
}

Result<Dir> Hierarchy::open_cgroup(std::string_view controller, std::string_view path) const {
  BERTH_TRY(const std::string plain, relative_path(path));
  const Branch* branch = branch_of(controller);
  if (branch == nullptr) {
    return Error{Errc::NotFound, 0,
                 "this node has no " + std::string(controller) + " cgroup controller"};
  }
  return branch->root.sub(plain);
}

std::vector<Place> Hierarchy::places(std::string_view path) const {
  const Result<std::string> plain = relative_path(path);
  std::vector<Place> found;
  if (!plain) return found;
  for (const Branch& branch : branches_) {
    if (!branch.root.is_dir(*plain)) continue;
    std::string names = branch.unified ? "" : joined(branch.controllers, ",");
    found.push_back({std::move(names), branch.root.path() + "/" + *plain});
  }
  return found;
}

}  // namespace berth::cgroups
