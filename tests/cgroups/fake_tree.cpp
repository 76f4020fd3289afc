// fake_tree.cpp - writes the files the kernel would show.
#include "fake_tree.hpp"

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

namespace berth::cgroups::testing {

namespace {

std::string fresh_folder() {
  std::string name = (std::filesystem::temp_directory_path() / "berth-cgroups-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp " + name);
  return name;
}

}  // namespace

FakeTree::FakeTree() : path_(fresh_folder()), dir_(Dir::open(path_).value()) {}

FakeTree::~FakeTree() {
  std::filesystem::remove_all(path_);
}

void FakeTree::add(const Files& files) {
  for (const auto& [name, text] : files) {
    if (const std::size_t slash = name.rfind('/'); slash != std::string::npos) {
      std::filesystem::create_directories(path_ + "/" + name.substr(0, slash));
    }
    if (Result<> put = dir_.replace(name, text); !put) throw std::runtime_error(put.error().text());
  }
}

std::string FakeTree::text(const std::string& file) const {
  return dir_.read(file).value_or("(no such file)");
}

Hierarchy FakeTree::v1(const std::vector<std::string>& controllers) const {
  std::string mounts;
  for (const std::string& set : controllers) {
    const std::string point = path_ + "/" + set;
    std::filesystem::create_directories(point);
    mounts += "cgroup " + point + " cgroup rw,nosuid,relatime," + set + " 0 0\n";
  }
  return Hierarchy::open(mounts).value();
}

Hierarchy FakeTree::v2() const {
  return Hierarchy::open("cgroup2 " + path_ + " cgroup2 rw,nosuid,relatime 0 0\n").value();
}

Files fresh_v1(const std::string& path) {
  const std::string none = "9223372036854771712\n";
  return {
      {"cpu/" + path + "/cpu.shares", "1024\n"},
      {"cpu/" + path + "/cpu.cfs_quota_us", "-1\n"},
      {"cpu/" + path + "/cpu.cfs_period_us", "100000\n"},
      {"memory/" + path + "/memory.limit_in_bytes", none},
      {"memory/" + path + "/memory.memsw.limit_in_bytes", none},
      {"memory/" + path + "/memory.soft_limit_in_bytes", none},
      {"memory/" + path + "/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 0\n"},
      {"memory/" + path + "/cgroup.procs", ""},
      {"pids/" + path + "/pids.max", "max\n"},
      {"pids/" + path + "/cgroup.procs", ""}};
}

Files fresh_v2(const std::string& path) {
  return {{path + "/cgroup.controllers", "cpuset cpu io memory pids\n"},
          {path + "/cgroup.subtree_control", ""},
          {path + "/cgroup.procs", ""},
          {path + "/cgroup.events", "populated 0\nfrozen 0\n"},
          {path + "/cpu.weight", "100\n"},
          {path + "/cpu.max", "max 100000\n"},
          {path + "/memory.max", "max\n"},
          {path + "/memory.low", "0\n"},
          {path + "/memory.swap.max", "max\n"},
          {path + "/memory.events", "low 0\nhigh 0\nmax 0\noom 0\noom_kill 0\n"},
          {path + "/pids.max", "max\n"}};
}

}  // namespace berth::cgroups::testing
