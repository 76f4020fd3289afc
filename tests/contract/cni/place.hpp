// place.hpp - a folder with recording plugins, a network and a book, for one test.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "cni/network.hpp"

namespace berth::cni::testing {

inline constexpr const char* kTwo = R"({"cniVersions": ["0.4.0", "1.0.0", "1.1.0"], "name": "net",
  "plugins": [{"type": "first", "capabilities": {"ips": true}}, {"type": "second"}]})";

class Place {
 public:
  Place() {
    std::string pattern = std::filesystem::temp_directory_path() / "berth-cni-XXXXXX";
    path_ = ::mkdtemp(pattern.data());
    for (const char* name : {"/bin", "/net.d"}) std::filesystem::create_directory(path_ + name);
    for (const char* type : {"first", "second"}) add_plugin(type);
    write("net.d/10-net.conflist", kTwo);
  }
  ~Place() { std::filesystem::remove_all(path_); }
  Place(const Place&) = delete;

  /// Its attachments outlive the object, as those of a daemon that is started again.
  Network network(Limits limits = {}) const {
    return Network(
        {path_ + "/net.d", "net", {path_ + "/bin", path_ + "/more"}, path_ + "/book", limits});
  }

  void add_plugin(const std::string& type) const {
    std::filesystem::copy_file(BERTH_SOURCE_DIR "/tests/contract/cni/recording-plugin",
                               path_ + "/bin/" + type);
  }
  /// What a plugin does at a command, in shell.
  void order(const std::string& plugin_and_command, const std::string& script) const {
    write("bin/" + plugin_and_command, script);
  }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ + "/" + name) << text;
  }
  std::string text_of(const std::string& name) const {
    std::ifstream file(path_ + "/" + name);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
  }
  Json input_of(const std::string& plugin_and_command) const {
    return Json::parse(text_of("bin/" + plugin_and_command + ".input"));
  }
  /// The calls so far, but for VERSION, as "first ADD"; then forgotten.
  std::vector<std::string> calls() const {
    std::vector<std::string> calls;
    std::ifstream file(path_ + "/bin/calls");
    for (std::string line; std::getline(file, line);) {
      std::istringstream words(line);
      std::string type;
      std::string command;
      words >> type >> command;
      if (command != "VERSION") calls.push_back(type + " " + command);
    }
    std::filesystem::remove(path_ + "/bin/calls");
    return calls;
  }
  std::string path(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

inline Attachment attachment(const std::string& container = "berth--1") {
  Attachment one;
  one.container = container;
  one.netns = "/proc/self/ns/net";
  return one;
}

}  // namespace berth::cni::testing
