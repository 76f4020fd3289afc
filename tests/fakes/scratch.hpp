// scratch.hpp - a directory of a test's own, and files put into it as people do.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace berth::testing {

class Scratch {
 public:
  Scratch() {
    std::string name = ::testing::TempDir() + "folder.XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) std::terminate();
    path_ = name;
  }
  ~Scratch() { std::filesystem::remove_all(path_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  std::string path(const std::string& name = "") const { return path_ + "/" + name; }

  /// In place, as an editor that knows no better.
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(path(name)) << text;
  }
  /// Whole, by rename.
  void replace(const std::string& name, const std::string& text) const {
    write("." + name + ".new", text);
    std::filesystem::rename(path("." + name + ".new"), path(name));
  }
  void remove(const std::string& name) const { std::filesystem::remove_all(path(name)); }

 private:
  std::string path_;
};

}  // namespace berth::testing
