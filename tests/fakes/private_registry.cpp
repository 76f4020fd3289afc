// private_registry.cpp - docker-registry and the sample images, by the demo's own scripts.
#include "tests/fakes/private_registry.hpp"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

namespace berth::testing {

namespace {

const std::string kTools = BERTH_SOURCE_DIR "/tools/lib/";

/// The first line a command writes; throws when it fails.
std::string run(const std::string& command) {
  FILE* pipe = ::popen(command.c_str(), "r");
  char line[4096] = "";
  const char* read = pipe ? std::fgets(line, sizeof line, pipe) : nullptr;
  if (pipe == nullptr || ::pclose(pipe) != 0) throw std::runtime_error(command);
  std::string text = read ? read : "";
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

}  // namespace

PrivateRegistry::PrivateRegistry(std::string listen, const std::vector<std::string>& environment)
    : listen_(std::move(listen)) {
  char folder[] = "/tmp/berth-registry-XXXXXX";
  scratch_ = ::mkdtemp(folder);
  std::string command;
  for (const std::string& setting : environment) {
    command += "'" + setting + "' ";
    if (setting.starts_with("REGISTRY_HTTP_TLS_CERTIFICATE")) scheme_ = "https";
  }
  run("env " + command + kTools + "registry.sh start " + scratch_ + " " + listen_);
}

PrivateRegistry::~PrivateRegistry() {
  [[maybe_unused]] const int stopped =
      std::system((kTools + "registry.sh stop " + scratch_).c_str());
  std::filesystem::remove_all(scratch_);
}

std::string PrivateRegistry::push(const std::string& options) const {
  return run(kTools + "sample-image --registry " + scheme_ + "://" + listen_ + " " + options);
}

}  // namespace berth::testing
