// spawner_test.cpp - helper programs run, fail, hang and are killed; with /bin/sh.
#include "base/spawner.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/channel.hpp"
#include "base/unique_fd.hpp"
#include "tests/fakes/loop.hpp"

namespace berth {
namespace {

using berth::testing::Loop;
using std::chrono::milliseconds;
using std::chrono::seconds;

struct Ran {
  Result<Exited> exited;
  std::vector<std::string> lines;
};

Ran run_shell(const std::string& script, std::string input = "",
              std::vector<std::string> environment = {},
              Deadline by = Deadline::after(seconds(20))) {
  Loop loop;
  SystemSpawner spawner;
  Ran ran;
  Command command{{"/bin/sh", "-c", script}, std::move(environment), std::move(input)};
  auto keep = [&ran](std::string line) { ran.lines.push_back(std::move(line)); };
  ran.exited = loop.run(spawner.run(std::move(command), keep, by));
  return ran;
}

using Lines = std::vector<std::string>;

TEST(Spawner, GivesLinesExitCodeAndTheTailOfItsErrors) {
  const Ran ran = run_shell("echo one; printf 'two\\n\\nlast'; echo oops >&2; exit 3");

  ASSERT_TRUE(ran.exited) << ran.exited.error();
  EXPECT_EQ(ran.exited->code, 3);
  EXPECT_EQ(ran.lines, (Lines{"one", "two", "", "last"}));
  EXPECT_EQ(ran.exited->error_tail, "oops\n");
}

TEST(Spawner, GivesOnlyTheEnvironmentAndInputThatWereSaid) {
  const Ran ran = run_shell("cat; echo \"[$A][$HOME]\"", "in\nput\n", {"A=1"});

  EXPECT_EQ(ran.lines, (Lines{"in", "put", "[1][]"}));
}

TEST(Spawner, CarriesMoreInputAndOutputThanAPipeHolds) {
  const std::string line(1000, 'x');
  std::string input;
  for (int nth = 0; nth < 1000; ++nth) input += line + "\n";

  const Ran ran = run_shell("cat", input);

  ASSERT_EQ(ran.lines.size(), 1000u);
  EXPECT_EQ(ran.lines.back(), line);
}

TEST(Spawner, DoesNotMindInputThatIsNotRead) {
  const Ran ran = run_shell("exec 0<&-; echo done", std::string(1 << 20, 'x'));

  ASSERT_TRUE(ran.exited) << ran.exited.error();
  EXPECT_EQ(ran.exited->code, 0);
  EXPECT_EQ(ran.lines, (Lines{"done"}));
}

TEST(Spawner, CutsALineAt64KiB) {
  const Ran ran = run_shell("head -c 70000 /dev/zero | tr '\\0' x; echo; echo next");

  ASSERT_EQ(ran.lines.size(), 2u);
  EXPECT_EQ(ran.lines[0].size(), 64u << 10);
  EXPECT_EQ(ran.lines[1], "next");
}

TEST(Spawner, KeepsTheLast4KiBOfErrors) {
  const Ran ran = run_shell("head -c 100000 /dev/zero | tr '\\0' e >&2; printf end >&2");

  ASSERT_TRUE(ran.exited);
  EXPECT_EQ(ran.exited->error_tail.size(), 4096u);
  EXPECT_EQ(ran.exited->error_tail.substr(4093), "end");
}

TEST(Spawner, PassesNoDescriptorOfOurs) {
  const int inheritable = ::open("/dev/null", O_RDONLY);

  const Ran ran = run_shell("for fd in /proc/self/fd/*; do echo ${fd##*/}; done");
  ::close(inheritable);

  // The shell itself has the folder open while it lists it.
  EXPECT_EQ(ran.lines, (Lines{"0", "1", "2", "3"}));
}

TEST(Spawner, GivesSignalsBackTheirUsualMeaning) {
  const auto ours = ::signal(SIGPIPE, SIG_IGN);

  const Ran ran = run_shell("kill -PIPE $$; echo survived");
  ::signal(SIGPIPE, ours);

  ASSERT_TRUE(ran.exited);
  EXPECT_EQ(ran.exited->code, 128 + SIGPIPE);
  EXPECT_TRUE(ran.lines.empty());
}

TEST(Spawner, SaysWhyAProgramCannotRun) {
  Loop loop;
  SystemSpawner spawner;
  const auto by = Deadline::after(seconds(20));
  const auto missing = loop.run(spawner.run({{"/no/such/program"}, {}, ""}, {}, by));
  const auto denied = loop.run(spawner.run({{"/etc/passwd"}, {}, ""}, {}, by));
  const auto relative = loop.run(spawner.run({{"sh"}, {}, ""}, {}, by));

  ASSERT_TRUE(missing.failed_with(Errc::NotFound));
  EXPECT_NE(missing.error().message.find("/no/such/program"), std::string::npos);
  EXPECT_TRUE(denied.failed_with(Errc::Denied));
  EXPECT_TRUE(relative.failed_with(Errc::Invalid));
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "a child was left behind";
}

TEST(HearOut, GivesWhatAProgramPrintedAndHowItEnded) {
  Loop loop;
  SystemSpawner spawner;
  Command command{{"/bin/sh", "-c", "echo one; echo two; echo oops >&2; exit 3"}, {}, ""};

  const auto said =
      loop.run(hear_out(spawner, std::move(command), 10, Deadline::after(seconds(20))));

  ASSERT_TRUE(said) << said.error();
  EXPECT_EQ(said->lines, (Lines{"one", "two"}));
  EXPECT_EQ(said->exited.code, 3);
  EXPECT_EQ(said->exited.error_tail, "oops\n");
}

TEST(HearOut, DropsWhatIsPastTheMostLines) {
  Loop loop;
  SystemSpawner spawner;
  Command command{{"/bin/sh", "-c", "echo one; echo two; echo three"}, {}, ""};

  const auto said =
      loop.run(hear_out(spawner, std::move(command), 2, Deadline::after(seconds(20))));

  ASSERT_TRUE(said) << said.error();
  EXPECT_EQ(said->lines, (Lines{"one", "two"}));
}

TEST(HearOut, FailsAsTheSpawnerDoes) {
  Loop loop;
  SystemSpawner spawner;
  Command command{{"/bin/sh", "-c", "echo one; exec sleep 1000"}, {}, ""};

  const auto said =
      loop.run(hear_out(spawner, std::move(command), 10, Deadline::after(milliseconds(100))));

  EXPECT_TRUE(said.failed_with(Errc::TimedOut));
}

TEST(FindProgram, TakesTheFirstOfTheDirectoriesThatHasIt) {
  EXPECT_EQ(find_program("sh", "/nowhere::bin:/bin"), "/bin/sh");
  EXPECT_EQ(find_program("/bin/sh", ""), "/bin/sh");
  EXPECT_EQ(find_program("passwd", "/etc"), std::nullopt) << "it may not be run";
  EXPECT_EQ(find_program("/no/such/program", "/bin"), std::nullopt);
  EXPECT_EQ(find_program("sh", "bin"), std::nullopt) << "a relative directory is passed over";
}

/// Reads the pid that a script wrote as its only line.
pid_t pid_in(const Lines& lines) {
  return lines.empty() ? 0 : std::stoi(lines[0]);
}

/// Waits until the process is dead; false when it still lives after a while.
bool dies(pid_t pid) {
  const UniqueFd fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!fd) return errno == ESRCH;
  pollfd waiting{fd.get(), POLLIN, 0};
  return ::poll(&waiting, 1, 10'000) == 1;
}

TEST(Spawner, KillsTheWholeGroupAtItsDeadline) {
  const Ran ran =
      run_shell("sleep 1000 & echo $!; wait", "", {}, Deadline::after(milliseconds(100)));

  EXPECT_TRUE(ran.exited.failed_with(Errc::TimedOut));
  ASSERT_GT(pid_in(ran.lines), 0);
  EXPECT_TRUE(dies(pid_in(ran.lines)));
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "a child was left behind";
}

TEST(Spawner, EndsWhatAProgramLeftInItsGroup) {
  const Ran ran = run_shell("sleep 1000 & echo $!; exit 0");

  ASSERT_TRUE(ran.exited) << ran.exited.error();
  EXPECT_EQ(ran.exited->code, 0);
  ASSERT_GT(pid_in(ran.lines), 0);
  EXPECT_TRUE(dies(pid_in(ran.lines)));
}

TEST(Spawner, KillsItsProgramWhenCancelled) {
  Loop loop;
  SystemSpawner spawner;
  Result<Exited> exited;
  Nursery runner(loop.io.get_executor());
  Channel<std::string, WhenFull::Refuse> lines(loop.io.get_executor(), 10);
  auto run = [](SystemSpawner& with, Channel<std::string, WhenFull::Refuse>& out,
                Result<Exited>& ended) -> Async<> {
    Command command{{"/bin/sh", "-c", "echo $$; exec sleep 1000"}, {}, ""};
    std::function<void(std::string)> keep = [&out](std::string line) {
      (void)out.push(std::move(line));
    };
    ended = co_await with.run(std::move(command), std::move(keep), Deadline::after(seconds(20)));
    co_return ok();
  };
  runner.start("run", run(spawner, lines, exited));
  const auto pid = loop.run(lines.pop(Deadline::after(seconds(20))));
  ASSERT_TRUE(pid);

  ASSERT_TRUE(loop.run(runner.stop()));

  EXPECT_TRUE(exited.failed_with(Errc::Cancelled)) << exited.error();
  EXPECT_TRUE(dies(std::stoi(*pid)));
}

}  // namespace
}  // namespace berth
