// private_containerd.cpp - a containerd of the test's own.
#include "tests/fakes/private_containerd.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "base/unique_fd.hpp"
#include "containerd_api/awaitable.hpp"
#include "containerd_api/snapshots.hpp"
#include "tests/fakes/loop.hpp"

namespace berth::testing {

namespace fs = std::filesystem;
namespace api = containerd_api;
using namespace std::chrono_literals;

namespace {

/// The path of a containerd, unpacked first where none is installed.
std::string find_program() {
  const std::string command = BERTH_SOURCE_DIR "/tools/lib/containerd.sh fetch";
  FILE* pipe = ::popen(command.c_str(), "r");
  char line[4096] = "";
  const bool is_good = pipe && std::fgets(line, sizeof line, pipe);
  if (pipe) ::pclose(pipe);
  if (!is_good) throw std::runtime_error("no containerd: " + command);
  std::string path = line;
  path.erase(path.find_last_not_of('\n') + 1);
  return path;
}

/// What can be read of it; a process may end while its files in /proc are read.
std::string text_of(const fs::path& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

bool answers(const std::string& socket) {
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  socket.copy(address.sun_path, sizeof address.sun_path - 1);
  return ::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
}

/// Asks every few milliseconds until it is so; the world outside of this process tells no other
/// way.
bool becomes(std::chrono::seconds most, const std::function<bool()>& is_so) {
  const auto end = std::chrono::steady_clock::now() + most;
  while (!is_so()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(5ms);
  }
  return true;
}

std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> children;
  std::error_code gone;
  for (const auto& thread :
       fs::directory_iterator("/proc/" + std::to_string(parent) + "/task", gone)) {
    std::ifstream in(thread.path() / "children");
    for (pid_t child; in >> child;) children.push_back(child);
  }
  return children;
}

void remove_cgroup(const fs::path& path) {
  std::error_code gone;
  for (const auto& entry : fs::directory_iterator(path, gone)) {
    if (entry.is_directory(gone)) remove_cgroup(entry.path());
  }
  ::rmdir(path.c_str());
}

/// Below every hierarchy there is, v1 or v2.
void remove_cgroups(const std::string& path) {
  remove_cgroup("/sys/fs/cgroup" + path);
  std::error_code gone;
  for (const auto& hierarchy : fs::directory_iterator("/sys/fs/cgroup", gone)) {
    if (hierarchy.is_directory(gone)) remove_cgroup(hierarchy.path().string() + path);
  }
}

void copy_busybox(const std::string& dir) {
  for (const char* sub : {"bin", "etc", "tmp", "proc", "sys", "dev"}) {
    fs::create_directories(dir + "/" + sub);
  }
  fs::copy_file("/bin/busybox", dir + "/bin/busybox");
  for (const char* name : {"sh", "sleep", "cat", "echo", "true", "false", "id", "kill", "touch",
                           "hostname", "ip", "env", "grep", "mount", "dd", "tail"}) {
    fs::create_symlink("busybox", dir + "/bin/" + name);
  }
  std::ofstream(dir + "/bin/not-a-program") << "neither ELF nor script\n";
  fs::permissions(dir + "/bin/not-a-program", fs::perms(0755));
  std::ofstream(dir + "/etc/passwd") << "root:x:0:0:root:/root:/bin/sh\nweb:x:101:102::/:/bin/sh\n";
  std::ofstream(dir + "/etc/group") << "root:x:0:\nwheel:x:10:root\nweb:x:102:\nlogs:x:103:web\n";
}

}  // namespace

PrivateContainerd::PrivateContainerd()
    : namespace_("berth-test-" + std::to_string(::getpid())), program_(find_program()) {
  std::string folder = fs::temp_directory_path().string() + "/berth-containerd-XXXXXX";
  if (!::mkdtemp(folder.data())) throw std::runtime_error("mkdtemp " + folder);
  scratch_ = folder;
  std::ofstream(scratch_ + "/config.toml")
      << "version = 2\nroot = \"" << scratch_ << "/root\"\nstate = \"" << scratch_ << "/state\"\n"
      << "disabled_plugins = [\"io.containerd.grpc.v1.cri\", \"io.containerd.internal.v1.opt\","
      << "\"io.containerd.snapshotter.v1.aufs\", \"io.containerd.snapshotter.v1.btrfs\","
      << "\"io.containerd.snapshotter.v1.devmapper\", \"io.containerd.snapshotter.v1.zfs\"]\n"
      << "[grpc]\n  address = \"" << socket() << "\"\n"
      << "[ttrpc]\n  address = \"" << socket() << ".ttrpc\"\n";
  start();
}

void PrivateContainerd::start() {
  // The shim is looked for on PATH before beside containerd.
  const std::string path =
      "PATH=" + fs::path(program_).parent_path().string() + ":" + std::getenv("PATH");
  const std::string config = scratch_ + "/config.toml";
  const std::string log = scratch_ + "/log";
  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    ::dup2(::open("/dev/null", O_RDONLY), 0);
    ::dup2(out, 1);
    ::dup2(out, 2);
    const char* argv[] = {program_.c_str(), "--config", config.c_str(), nullptr};
    const char* env[] = {path.c_str(), nullptr};
    ::execve(program_.c_str(), const_cast<char**>(argv), const_cast<char**>(env));
    ::_exit(127);
  }
  const bool is_up =
      becomes(30s, [&] { return answers(socket()) || ::waitpid(pid_, nullptr, WNOHANG) == pid_; });
  if (!is_up || !answers(socket())) throw std::runtime_error("containerd: " + text_of(log));
}

void PrivateContainerd::crash() {
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

PrivateContainerd::~PrivateContainerd() {
  const auto left = shims();
  for (pid_t shim : left) {
    for (pid_t child : children_of(shim)) ::kill(child, SIGKILL);
  }
  if (pid_ > 0) {
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
  }
  for (pid_t shim : left) ::kill(shim, SIGKILL);
  wait_until_no_shims();

  std::error_code ignored;
  for (const std::string& target : mounts()) ::umount2(target.c_str(), MNT_DETACH);
  // A shim that is killed leaves its socket; its bundle says where.
  for (const auto& entry : fs::recursive_directory_iterator(scratch_ + "/state", ignored)) {
    if (entry.path().filename() != "address") continue;
    const std::string address = text_of(entry.path());
    if (address.starts_with("unix://")) ::unlink(address.substr(7).c_str());
  }
  remove_cgroups(cgroup_root());
  fs::remove_all("/run/containerd/runc/" + namespace_, ignored);
  fs::remove_all(scratch_, ignored);
}

std::string PrivateContainerd::make_layer(const std::string& key, const std::string& parent,
                                          const std::function<void(const std::string& dir)>& fill) {
  Loop loop;
  api::Connection connection(loop.io.get_executor(), socket(), namespace_);
  const Deadline by = Deadline::after(30s);
  api::snapshots::PrepareSnapshotRequest prepare;
  prepare.set_snapshotter("overlayfs");
  prepare.set_key("making-" + key);
  prepare.set_parent(parent);
  (*prepare.mutable_labels())["containerd.io/gc.root"] = "test";
  auto prepared = loop.run(api::call(connection, api::snapshots::kPrepare, prepare, by));
  if (!prepared) throw std::runtime_error(prepared.error().text());
  std::string dir = prepared->mounts(0).source();
  for (const std::string& option : prepared->mounts(0).options()) {
    if (option.starts_with("upperdir=")) dir = option.substr(9);
  }
  fill(dir);

  api::snapshots::CommitSnapshotRequest commit;
  commit.set_snapshotter("overlayfs");
  commit.set_key("making-" + key);
  commit.set_name(key);
  (*commit.mutable_labels())["containerd.io/gc.root"] = "test";
  auto committed = loop.run(api::call(connection, api::snapshots::kCommit, commit, by));
  if (!committed) throw std::runtime_error(committed.error().text());
  return key;
}

std::string PrivateContainerd::add_layer(const std::string& key, const std::string& parent,
                                         const std::map<std::string, std::string>& files) {
  return make_layer(key, parent, [&](const std::string& dir) {
    for (const auto& [path, text] : files) {
      fs::create_directories(fs::path(dir + "/" + path).parent_path());
      std::ofstream(dir + "/" + path) << text;
    }
  });
}

std::string PrivateContainerd::busybox() {
  if (busybox_.empty()) busybox_ = make_layer("busybox", "", copy_busybox);
  return busybox_;
}

std::vector<pid_t> PrivateContainerd::shims() const {
  std::vector<pid_t> found;
  std::error_code gone;
  for (const auto& entry : fs::directory_iterator("/proc", gone)) {
    const pid_t pid = std::atoi(entry.path().filename().c_str());
    if (pid <= 0) continue;
    const std::string command = text_of(entry.path() / "cmdline");
    const bool is_shim = command.find("containerd-shim") != std::string::npos;
    if (is_shim && command.find(socket()) != std::string::npos) found.push_back(pid);
  }
  return found;
}

bool PrivateContainerd::wait_until_no_shims() const {
  return becomes(5s, [&] { return shims().empty(); });
}

std::vector<std::string> PrivateContainerd::mounts() const {
  std::vector<std::string> found;
  std::ifstream in("/proc/self/mounts");
  for (std::string source, target, rest; in >> source >> target && std::getline(in, rest);) {
    if (target.starts_with(scratch_)) found.push_back(target);
  }
  return found;
}

}  // namespace berth::testing
