// full_disk_test.cpp - berth-logger on a disk that is full for a while; needs root.
#include <sched.h>
#include <sys/mount.h>

#include "tests/logs/logger_process.hpp"
#include "tests/logs/scratch.hpp"

namespace berth::logs {
namespace {

// A tmpfs of 1 MiB that only this process and its children see.
void mount_small_disk(const std::string& path) {
  ASSERT_EQ(::unshare(CLONE_NEWNS), 0) << "needs root";
  ASSERT_EQ(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), 0);
  ASSERT_EQ(::mount("tmpfs", path.c_str(), "tmpfs", 0, "size=1m"), 0);
}

// Takes every block that is left; returns the file that has them.
std::string fill_disk(const std::string& directory) {
  const std::string path = directory + "/ballast";
  UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  const std::string block(4096, 'b');
  while (::write(fd.get(), block.data(), block.size()) > 0) {
  }
  return path;
}

TEST(BerthLogger, CountsWhatAFullDiskRefusedAndGoesOn) {
  Scratch scratch;
  ASSERT_NO_FATAL_FAILURE(mount_small_disk(scratch.path()));
  LoggerProcess logger({"dir", scratch.path("spool")});
  write_numbered(logger.out(), 0, 1000);

  const std::string ballast = fill_disk(scratch.path());
  write_numbered(logger.out(), 1000, 50'000);
  std::filesystem::remove(ballast);
  write_numbered(logger.out(), 50'000, 50'100);
  EXPECT_EQ(logger.end(), 0);

  std::uint64_t lines = 0;
  std::uint64_t dropped = 0;
  const auto entries = read_all(scratch.path("spool"));
  for (const Entry& entry : entries) {
    EXPECT_EQ(entry.missed, 0u);
    dropped += entry.gap.records;
    if (entry.kind == Kind::Gap) {
      EXPECT_EQ(entry.gap.os_errno, static_cast<unsigned>(ENOSPC));
    } else {
      ++lines;
    }
  }
  EXPECT_GT(dropped, 0u);
  EXPECT_EQ(lines + dropped, 50'100u);
  EXPECT_EQ(entries.back().text, "line 50099");
  ASSERT_EQ(::umount2(scratch.path().c_str(), MNT_DETACH), 0);
}

TEST(BerthLogger, TellsItsGapEvenWhenTheDiskStaysFull) {
  Scratch scratch;
  ASSERT_NO_FATAL_FAILURE(mount_small_disk(scratch.path()));
  LoggerProcess logger({"dir", scratch.path("spool")});
  write_numbered(logger.out(), 0, 50'000);
  EXPECT_EQ(logger.end(), 0);

  const auto entries = read_all(scratch.path("spool"));

  ASSERT_FALSE(entries.empty());
  EXPECT_EQ(entries.back().kind, Kind::Gap);
  EXPECT_EQ(entries.back().gap.records + entries.size() - 1, 50'000u);
  ASSERT_EQ(::umount2(scratch.path().c_str(), MNT_DETACH), 0);
}

}  // namespace
}  // namespace berth::logs
