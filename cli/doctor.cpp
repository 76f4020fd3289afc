// doctor.cpp - looks for berthd beside itself first: programs of one build belong together.
#include "cli/doctor.hpp"

#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "base/spawner.hpp"
#include "base/text.hpp"

namespace berth::cli {

namespace {

std::vector<std::string> usual_directories() {
  std::vector<std::string> directories;
  std::error_code unreadable;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", unreadable);
  if (!unreadable) directories.push_back(self.parent_path().string());
  for (const char* one : {"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin",
                          "/usr/local/libexec/berth", "/usr/libexec/berth"}) {
    directories.emplace_back(one);
  }
  return directories;
}

}  // namespace

Result<std::string> find_berthd(const std::vector<std::string>& directories) {
  for (const std::string& directory : directories) {
    if (std::string path = directory + "/berthd"; is_program(path)) return path;
  }
  return Error{
      Errc::Unavailable, 0,
      "berthd, which makes the checks, is not installed; searched were " + joined(directories)};
}

Result<std::string> usual_berthd() {
  return find_berthd(usual_directories());
}

Result<> become_doctor(bool as_json) {
  BERTH_TRY(std::string path, usual_berthd());
  std::string mode = "--doctor";
  std::string json = "--json";
  char* const words[] = {path.data(), mode.data(), as_json ? json.data() : nullptr, nullptr};
  ::execv(path.c_str(), words);
  return os_error(errno, "run " + path);
}

}  // namespace berth::cli
