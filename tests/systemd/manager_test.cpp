// manager_test.cpp - real programs that answer as systemctl does.
#include "systemd/manager.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "tests/fakes/loop.hpp"
#include "tests/fakes/scratch.hpp"

namespace berth::systemd {
namespace {

class IsSystemStopping : public ::testing::Test {
 protected:
  /// A systemctl that says `state`, and fails as the real one does when all is not well.
  std::string systemctl(const std::string& state) {
    const std::string path = scratch.path("systemctl");
    std::ofstream(path) << "#!/bin/sh\n[ \"$*\" = is-system-running ] && echo " << state
                        << "\nexit 1\n";
    EXPECT_EQ(::chmod(path.c_str(), 0755), 0);
    return path;
  }
  Result<bool> ask(std::string program) {
    const Deadline by = Deadline::after(std::chrono::seconds(10));
    return loop.run(is_system_stopping(spawner, std::move(program), by));
  }

  berth::testing::Scratch scratch;
  berth::testing::Loop loop;
  SystemSpawner spawner;
};

TEST_F(IsSystemStopping, IsWhatTheManagerSays) {
  EXPECT_EQ(ask(systemctl("stopping")).value(), true);
  EXPECT_EQ(ask(systemctl("running")).value(), false);
  EXPECT_EQ(ask(systemctl("degraded")).value(), false);
}

TEST_F(IsSystemStopping, IsFalseWithoutAManager) {
  EXPECT_EQ(ask("/nowhere/systemctl").value(), false);
}

}  // namespace
}  // namespace berth::systemd
