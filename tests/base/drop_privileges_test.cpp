// drop_privileges_test.cpp - what the kernel says a process has left, and what it can execute.
#include "base/drop_privileges.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <fstream>
#include <string>

namespace berth {
namespace {

/// "CapEff" of this process, as the kernel writes it; "" when it does not.
std::string status_of(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name + ":\t")) return line.substr(name.size() + 2);
  }
  return "";
}

bool has_none() {
  const std::string none(16, '0');
  return status_of("CapInh") == none && status_of("CapPrm") == none &&
         status_of("CapEff") == none && status_of("NoNewPrivs") == "1";
}

/// The exit status of a child that has given up its privileges.
int status_without(int (*work)()) {
  const pid_t child = fork();
  if (child == 0) _exit(drop_privileges() ? work() : 99);
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(DropPrivileges, LeavesNone) {
  EXPECT_EQ(status_without([] { return has_none() ? 0 : 1; }), 0);
}

TEST(DropPrivileges, IsForWhatIsExecutedToo) {
  EXPECT_EQ(status_without([] {
              execl("/bin/grep", "grep", "-q", "^CapEff:.0*$", "/proc/self/status", nullptr);
              return 98;
            }),
            0);
}

}  // namespace
}  // namespace berth
