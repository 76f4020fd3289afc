// programs.cpp - folders searched, programs asked.
#include "cni/programs.hpp"

#include <sys/stat.h>

#include <cerrno>

#include "base/spawner.hpp"
#include "base/text.hpp"
#include "cni/answer.hpp"
#include "cni/run.hpp"
#include "cni/version.hpp"

namespace berth::cni {

Result<std::string> Programs::find(const std::string& type) const {
  for (const std::string& directory : directories_) {
    std::string path = directory + "/" + type;
    if (is_program(path)) return path;
  }
  return Error{Errc::NotFound, 0,
               "plugin " + type + " is in none of " + listed(directories_) +
                   "; Debian's plugins are the package containernetworking-plugins"};
}

Result<Programs::Identity> Programs::identity_of(const std::string& path) {
  struct stat found{};
  if (::stat(path.c_str(), &found) != 0) return os_error(errno, path);
  constexpr std::int64_t kNanoseconds = 1'000'000'000;
  return Identity{found.st_dev, found.st_ino, found.st_size,
                  found.st_ctim.tv_sec * kNanoseconds + found.st_ctim.tv_nsec};
}

Result<std::vector<std::string>> Programs::versions_of(const std::string& type, Deadline by) const {
  BERTH_TRY(const std::string path, find(type));
  BERTH_TRY(const Identity identity, identity_of(path));
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = known_.find(identity); found != known_.end()) return found->second;
  }
  // An early plugin wants a version to answer in; all that is asked works with any.
  Call call{type, path, Verb::Version, environment_for(Verb::Version, nullptr, directories_),
            Json{{"cniVersion", "0.4.0"}}};
  BERTH_TRY(const Said said, run_plugin(call, by));
  BERTH_TRY(const std::string answer, judge(type, Verb::Version, said));
  Result<std::vector<std::string>> versions = parse_versions(answer);
  if (!versions) return std::move(versions).error().while_doing("plugin " + type);
  const std::lock_guard lock(mutex_);
  known_[identity] = *versions;
  return versions;
}

}  // namespace berth::cni
