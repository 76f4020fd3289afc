// shims.cpp - command lines to shims, and the end of those that serve nobody.
#include "runtime/shims.hpp"

#include <poll.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>

#include "base/unique_fd.hpp"

namespace berth::runtime {

namespace {

constexpr std::string_view kShim = "containerd-shim";
constexpr const char* kRuncState = "/run/containerd/runc";  // source: containerd, process.RuncRoot
constexpr int kEndsByItselfMs = 1'000;
constexpr int kEndsWithinMs = 5'000;

std::vector<std::string> words_of(const std::string& cmdline) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at < cmdline.size();) {
    const std::size_t end = std::min(cmdline.find('\0', at), cmdline.size());
    words.push_back(cmdline.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

std::string value_of(const std::vector<std::string>& words, std::string_view option) {
  const auto found = std::find(words.begin(), words.end(), option);
  return found == words.end() || found + 1 == words.end() ? "" : *(found + 1);
}

bool is_shim(const std::string& program) {
  return std::string_view(program).substr(program.rfind('/') + 1).starts_with(kShim);
}

/// The folder the shim works in: its bundle.
std::string bundle_of(int pid) {
  char path[4096];
  const std::string link = "/proc/" + std::to_string(pid) + "/cwd";
  const ssize_t length = ::readlink(link.c_str(), path, sizeof path);
  return length > 0 ? std::string(path, static_cast<std::size_t>(length)) : "";
}

Result<> end_process(const Shim& shim) {
  const UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, shim.pid, 0)));
  if (!process) return errno == ESRCH ? ok() : os_error(errno, "open shim " + shim.id);
  pollfd ended{process.get(), POLLIN, 0};
  if (::poll(&ended, 1, kEndsByItselfMs) == 1) return ok();
  if (::syscall(SYS_pidfd_send_signal, process.get(), SIGKILL, nullptr, 0) != 0 && errno != ESRCH) {
    return os_error(errno, "kill shim " + shim.id);
  }
  if (::poll(&ended, 1, kEndsWithinMs) == 1) return ok();
  return Error{Errc::Broken, 0, "shim " + shim.id + " does not end"};
}

Result<> remove_bundle(const std::string& bundle) {
  const std::string rootfs = bundle + "/rootfs";
  if (::umount2(rootfs.c_str(), MNT_DETACH) != 0 && errno != EINVAL && errno != ENOENT) {
    return os_error(errno, "unmount " + rootfs);
  }
  return remove_tree(bundle);
}

}  // namespace

Result<std::vector<Shim>> shims_of(const Dir& proc, const std::string& namespace_name) {
  std::vector<Shim> shims;
  BERTH_TRY(const std::vector<std::string> names, proc.list());
  for (const std::string& name : names) {
    int pid = 0;
    const auto [end, bad] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (bad != std::errc{} || end != name.data() + name.size()) continue;
    const Result<std::string> cmdline = proc.read(name + "/cmdline");
    if (!cmdline) continue;  // it has ended
    const std::vector<std::string> words = words_of(*cmdline);
    if (words.empty() || !is_shim(words.front())) continue;
    if (value_of(words, "-namespace") == namespace_name) {
      shims.push_back({pid, value_of(words, "-id")});
    }
  }
  return shims;
}

Result<> end_shims(const std::string& namespace_name, const std::vector<std::string>& ids) {
  BERTH_TRY(const Dir proc, Dir::open("/proc"));
  BERTH_TRY(const std::vector<Shim> shims, shims_of(proc, namespace_name));
  for (const Shim& shim : shims) {
    if (std::find(ids.begin(), ids.end(), shim.id) == ids.end()) continue;
    const std::string bundle = bundle_of(shim.pid);
    BERTH_CHECK(end_process(shim));
    // Only a folder named after the container is taken for its bundle.
    if (bundle.ends_with("/" + shim.id)) BERTH_CHECK(remove_bundle(bundle));
    BERTH_CHECK(remove_tree(std::string(kRuncState) + "/" + namespace_name + "/" + shim.id));
  }
  return ok();
}

}  // namespace berth::runtime
