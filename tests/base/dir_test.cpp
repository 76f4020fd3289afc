// dir_test.cpp - trees away by one call.
#include "base/dir.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace berth {
namespace {

namespace fs = std::filesystem;

class RemoveTree : public ::testing::Test {
 protected:
  RemoveTree() {
    char path[] = "/tmp/berth-dir-XXXXXX";
    root = ::mkdtemp(path);
    fs::create_directories(root / "task/one/two");
    std::ofstream(root / "task/one/file") << "text";
    std::ofstream(root / "kept") << "text";
  }
  ~RemoveTree() override { fs::remove_all(root); }

  fs::path root;
};

TEST_F(RemoveTree, TakesAllOfAFolderAndNothingBesideIt) {
  EXPECT_TRUE(remove_tree(root / "task"));

  EXPECT_FALSE(fs::exists(root / "task"));
  EXPECT_TRUE(fs::exists(root / "kept"));
}

TEST_F(RemoveTree, TakesALinkAndNotWhereItLeads) {
  fs::create_directory_symlink(root / "task", root / "link");

  EXPECT_TRUE(remove_tree(root / "link"));

  EXPECT_FALSE(fs::is_symlink(root / "link"));
  EXPECT_TRUE(fs::exists(root / "task/one/file"));
}

TEST_F(RemoveTree, IsDoneWhereNothingIs) {
  EXPECT_TRUE(remove_tree(root / "absent"));
  EXPECT_TRUE(remove_tree(root / "absent/task"));
}

TEST_F(RemoveTree, RefusesWhatIsBelowAFile) {
  EXPECT_TRUE(remove_tree(root / "kept/task").failed_with(Errc::Invalid));

  EXPECT_TRUE(fs::exists(root / "kept"));
}

}  // namespace
}  // namespace berth
