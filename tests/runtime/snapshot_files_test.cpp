// snapshot_files_test.cpp - files of a snapshot, read from its layers.
#include "runtime/snapshot_files.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include <filesystem>
#include <fstream>

namespace berth::runtime {
namespace {

namespace fs = std::filesystem;

/// Two layers on disk, as overlayfs keeps them: `upper` over `lower`.
class SnapshotFiles : public ::testing::Test {
 protected:
  SnapshotFiles() {
    std::string path = ::testing::TempDir() + "berth-layers-XXXXXX";
    root_ = ::mkdtemp(path.data());
    fs::create_directories(upper() + "/etc");
    fs::create_directories(lower() + "/etc");
  }
  ~SnapshotFiles() override { fs::remove_all(root_); }

  std::string upper() const { return root_ + "/upper"; }
  std::string lower() const { return root_ + "/lower"; }
  std::vector<SnapshotMount> overlay() const {
    return {{"overlay",
             "overlay",
             {"index=off", "workdir=" + root_ + "/work", "upperdir=" + root_ + "/none",
              "lowerdir=" + upper() + ":" + lower()}}};
  }
  void SetUp() override { fs::create_directories(root_ + "/none"); }
  static void write(const std::string& path, const std::string& text) {
    std::ofstream(path) << text;
  }
  /// What the snapshot shows as etc/passwd; "-" where it is not there.
  std::string seen() const {
    auto text = read_snapshot_file(overlay(), "etc/passwd");
    if (!text) return text.error().text();
    return text->value_or("-");
  }

  std::string root_;
};

TEST_F(SnapshotFiles, ComeFromTheTopmostLayerThatHasThem) {
  const std::string neither = seen();
  write(lower() + "/etc/passwd", "below");
  const std::string one = seen();
  write(upper() + "/etc/passwd", "above");

  EXPECT_EQ(neither, "-");
  EXPECT_EQ(one, "below");
  EXPECT_EQ(seen(), "above");
}

TEST_F(SnapshotFiles, ComeFromASingleLayerToo) {
  write(lower() + "/etc/passwd", "alone");

  auto text = read_snapshot_file({{"bind", lower(), {"rbind", "ro"}}}, "etc/passwd");

  ASSERT_TRUE(text) << text.error();
  EXPECT_EQ(text->value_or("-"), "alone");
}

TEST_F(SnapshotFiles, AreGoneBehindAWhiteout) {
  write(lower() + "/etc/passwd", "below");
  if (::mknod((upper() + "/etc/passwd").c_str(), S_IFCHR, makedev(0, 0)) != 0) {
    GTEST_SKIP() << "may not make device files";
  }

  // The whiteout cannot be opened as a device, so nothing but "not there" may come of it.
  EXPECT_EQ(seen(), "-");
}

TEST_F(SnapshotFiles, AreGoneBehindAnOpaqueDirectory) {
  write(lower() + "/etc/passwd", "below");
  if (::setxattr((upper() + "/etc").c_str(), "trusted.overlay.opaque", "y", 1, 0) != 0) {
    GTEST_SKIP() << "may not set trusted attributes";
  }

  EXPECT_EQ(seen(), "-");
}

TEST_F(SnapshotFiles, NeverComeFromOutsideOfTheImage) {
  write(root_ + "/secret", "of the host");
  fs::create_symlink("../../secret", upper() + "/etc/passwd");
  const std::string upwards = seen();
  fs::remove(upper() + "/etc/passwd");
  fs::create_symlink(root_ + "/secret", upper() + "/etc/passwd");

  EXPECT_EQ(upwards, "-");
  EXPECT_EQ(seen(), "-");
}

TEST_F(SnapshotFiles, AreFoundBehindALinkWithinTheLayer) {
  fs::create_directories(upper() + "/usr/etc");
  write(upper() + "/usr/etc/passwd", "linked");
  fs::create_symlink("/usr/etc/passwd", upper() + "/etc/passwd");

  EXPECT_EQ(seen(), "linked");
}

TEST_F(SnapshotFiles, AreRefusedWhenTheyAreNotOrdinaryOrTooLong) {
  ASSERT_EQ(::mkfifo((upper() + "/etc/passwd").c_str(), 0600), 0);
  write(lower() + "/etc/group", std::string(2000, 'x'));

  auto fifo = read_snapshot_file(overlay(), "etc/passwd");
  auto longer = read_snapshot_file(overlay(), "etc/group", 1000);

  EXPECT_TRUE(fifo.failed_with(Errc::Invalid));
  EXPECT_TRUE(longer.failed_with(Errc::Invalid));
}

TEST_F(SnapshotFiles, NeedMountsTheyUnderstand) {
  EXPECT_TRUE(read_snapshot_file({}, "etc/passwd").failed_with(Errc::Broken));
  EXPECT_TRUE(read_snapshot_file({{"zfs", "pool", {}}}, "etc/passwd").failed_with(Errc::Broken));
}

}  // namespace
}  // namespace berth::runtime
