// on_disk.hpp - the real journal, in a folder of its own.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>

#include "agent/records/sqlite_journal.hpp"
#include "tests/fakes/loop.hpp"

namespace berth::testing {

struct OnDisk {
  /// Goes with its files.
  struct Folder {
    Folder() {
      std::string pattern = ::testing::TempDir() + "berth-journal-XXXXXX";
      EXPECT_NE(::mkdtemp(pattern.data()), nullptr);
      path = pattern;
    }
    ~Folder() { std::filesystem::remove_all(path); }
    std::string path;
  };

  Loop loop;
  Folder folder;
  std::unique_ptr<records::SqliteJournal> opened =
      records::SqliteJournal::open(folder.path + "/berth.db").value();
  records::SqliteJournal& book = *opened;
};

}  // namespace berth::testing
