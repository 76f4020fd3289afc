// scratch.hpp - a directory of a test's own, and what a spool in it holds.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "logs/spool_reader.hpp"

namespace berth::logs {

/// Made when the test begins, removed when it ends.
class Scratch {
 public:
  Scratch() {
    std::string pattern = std::filesystem::temp_directory_path() / "berth-logs-XXXXXX";
    path_ = ::mkdtemp(pattern.data());
  }
  ~Scratch() { std::filesystem::remove_all(path_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  std::string path(const std::string& name = "") const {
    return name.empty() ? path_ : path_ + "/" + name;
  }

 private:
  std::string path_;
};

inline SpoolReader open_reader(const std::string& directory, Position from = {}) {
  auto reader = SpoolReader::open(directory, from);
  EXPECT_TRUE(reader) << reader.error().text();
  return std::move(reader).value();
}

/// Everything there is to read now.
inline std::vector<Entry> read_all(SpoolReader& reader) {
  std::vector<Entry> entries;
  for (;;) {
    auto entry = reader.next();
    EXPECT_TRUE(entry) << entry.error().text();
    if (!entry || !*entry) return entries;
    entries.push_back(std::move(**entry));
  }
}

inline std::vector<Entry> read_all(const std::string& directory) {
  SpoolReader reader = open_reader(directory);
  return read_all(reader);
}

inline std::vector<std::string> texts_of(const std::vector<Entry>& entries) {
  std::vector<std::string> texts;
  for (const Entry& entry : entries) texts.push_back(entry.text);
  return texts;
}

/// The spool's files, oldest first, without the lock.
inline std::vector<std::string> spool_files(const std::string& directory) {
  std::vector<std::pair<int, std::string>> found;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    const std::string name = entry.path().filename();
    if (name.starts_with("spool.")) found.emplace_back(std::stoi(name.substr(6)), entry.path());
  }
  std::sort(found.begin(), found.end());
  std::vector<std::string> paths;
  for (auto& [number, path] : found) paths.push_back(path);
  return paths;
}

inline void append_to(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::app) << bytes;
}

}  // namespace berth::logs
