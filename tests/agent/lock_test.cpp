// lock_test.cpp - one agent for each run directory and containerd namespace.
#include "agent/lock.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>

namespace berth::agent {
namespace {

class LockTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "berth-lock-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  Result<Locks> take(const std::string& run, const std::string& space) {
    return take(run, run + "-data", space);
  }
  Result<Locks> take(const std::string& run, const std::string& data, const std::string& space) {
    return Locks::take({path(run), path(data), path("lock"), space});
  }
  std::string path(const std::string& name) const { return (directory_ / name).string(); }

 private:
  std::filesystem::path directory_;
};

TEST_F(LockTest, RefusesTheSecondTakerWithThePidOfTheFirst) {
  const Result<Locks> first = take("run", "berth");
  ASSERT_TRUE(first) << first.error();
  const Result<Locks> second = take("run", "other");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::Exists);
  EXPECT_EQ(second.error().message, "run directory " + path("run") +
                                        " is in use by berthd with pid " +
                                        std::to_string(::getpid()));
}

TEST_F(LockTest, RefusesTheSameNamespaceFromAnotherRunDirectory) {
  const Result<Locks> first = take("run", "berth");
  ASSERT_TRUE(first) << first.error();
  const Result<Locks> second = take("run2", "berth");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::Exists);
  EXPECT_EQ(second.error().message, "containerd namespace berth is in use by berthd with pid " +
                                        std::to_string(::getpid()));
  // What it had already taken was given back.
  EXPECT_TRUE(take("run2", "other"));
}

TEST_F(LockTest, RefusesTheSameDataDirectoryFromAnotherAgent) {
  const Result<Locks> first = take("run", "data", "berth");
  ASSERT_TRUE(first) << first.error();
  const Result<Locks> second = take("run2", "data", "other");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::Exists);
  EXPECT_EQ(second.error().message, "data directory " + path("data") +
                                        " is in use by berthd with pid " +
                                        std::to_string(::getpid()));
}

TEST_F(LockTest, NobodyElseMayOpenOne) {
  const Result<Locks> locks = take("run", "data", "berth");
  ASSERT_TRUE(locks) << locks.error();

  struct stat now{};
  for (const char* name : {"run", "data", "lock"}) {
    ASSERT_EQ(::stat(path(name).c_str(), &now), 0);
    EXPECT_EQ(now.st_mode & 0777, 0700u) << name;
  }
  ASSERT_EQ(::stat(path("lock/berthd-berth.lock").c_str(), &now), 0);
  EXPECT_EQ(now.st_mode & 0777, 0600u);
}

TEST_F(LockTest, AllowsOneDirectoryForRunAndData) {
  EXPECT_TRUE(take("both", "both", "berth"));
}

TEST_F(LockTest, DiscardsItsFilesAndItsEmptyDirectories) {
  Result<Locks> locks = take("run", "data", "berth");
  ASSERT_TRUE(locks) << locks.error();
  std::ofstream(path("data") + "/of-somebody") << "x";

  ASSERT_TRUE(locks->discard());
  ASSERT_TRUE(locks->discard());

  EXPECT_FALSE(std::filesystem::exists(path("run")));
  EXPECT_TRUE(std::filesystem::exists(path("data") + "/of-somebody"));
  EXPECT_FALSE(std::filesystem::exists(path("data") + "/berth.db.lock"));
  EXPECT_FALSE(std::filesystem::exists(path("lock")));
  EXPECT_TRUE(take("run", "data", "berth")) << "what was discarded holds nobody up";
}

TEST_F(LockTest, GivesBackWithItsHolder) {
  std::optional<Result<Locks>> first = take("run", "berth");
  ASSERT_TRUE(*first);
  first.reset();
  EXPECT_TRUE(take("run", "berth"));
}

TEST_F(LockTest, AreGivenBackByAChildOfADeadHolderAtItsExec) {
  const pid_t holder = ::fork();
  if (holder == 0) {
    const Result<Locks> locks = take("run", "berth");
    if (locks && ::fork() == 0) {
      ::usleep(100'000);
      ::execl("/bin/true", "true", nullptr);
    }
    ::_exit(locks ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(holder, &status, 0), holder);
  ASSERT_EQ(status, 0);

  const Result<Locks> next = take("run", "berth");

  EXPECT_TRUE(next) << next.error();
}

TEST_F(LockTest, LetsDifferentAgentsLiveBesideEachOther) {
  const Result<Locks> first = take("run", "berth");
  const Result<Locks> second = take("run2", "other");
  EXPECT_TRUE(first);
  EXPECT_TRUE(second);
}

}  // namespace
}  // namespace berth::agent
