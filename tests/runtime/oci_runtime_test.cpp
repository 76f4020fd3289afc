// oci_runtime_test.cpp - a runtime is found as a shell would find it, or is said to be missing.
#include "runtime/oci_runtime.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "base/dir.hpp"

namespace berth::runtime {
namespace {

/// Two folders, of which the second has a program, the first a file and a folder of that name.
class SearchPath : public ::testing::Test {
 protected:
  SearchPath() : root_((std::filesystem::temp_directory_path() / "berth-path-XXXXXX").string()) {
    if (::mkdtemp(root_.data()) == nullptr) throw std::runtime_error("mkdtemp");
    std::filesystem::create_directories(root_ + "/a/folder");
    std::filesystem::create_directories(root_ + "/b");
    put("a/special", 0644);
    put("b/special", 0755);
    put("b/folder", 0755);
  }
  ~SearchPath() override { std::filesystem::remove_all(root_); }

  void put(const std::string& file, mode_t mode) {
    const auto folder = Dir::open(root_ + "/" + file.substr(0, 1));
    if (!folder->replace(file.substr(2), "#!/bin/sh\n", mode)) throw std::runtime_error(file);
  }
  std::string path() const { return root_ + "/a:relative:" + root_ + "/b"; }

  std::string root_;
};

TEST_F(SearchPath, IsSearchedForAProgram) {
  EXPECT_EQ(find_oci_runtime("special", path()).value_or(""), root_ + "/b/special");
  EXPECT_EQ(find_oci_runtime("folder", path()).value_or(""), root_ + "/b/folder");
}

TEST_F(SearchPath, IsNotSearchedForAPath) {
  EXPECT_EQ(find_oci_runtime(root_ + "/b/special", "").value_or(""), root_ + "/b/special");

  const auto missing = find_oci_runtime(root_ + "/a/special", path());

  ASSERT_TRUE(missing.failed_with(Errc::Invalid));
  EXPECT_EQ(missing.error().message,
            "OCI runtime " + root_ + "/a/special: no such program on this node");
}

TEST_F(SearchPath, IsNamedWhenTheProgramIsNotThere) {
  const auto missing = find_oci_runtime("other", path());

  ASSERT_TRUE(missing.failed_with(Errc::Invalid));
  EXPECT_EQ(missing.error().message,
            "OCI runtime other: no such program in the node's PATH, " + path());
}

TEST_F(SearchPath, HasCrunForTheUsualRuntimeWhereThereIsNoRunc) {
  EXPECT_EQ(usual_oci_runtime(path()), "");
  put("b/crun", 0755);
  EXPECT_EQ(usual_oci_runtime(path()), root_ + "/b/crun");
  put("b/runc", 0755);
  EXPECT_EQ(usual_oci_runtime(path()), "");
}

}  // namespace
}  // namespace berth::runtime
