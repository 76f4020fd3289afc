// logger_test.cpp - the real berth-logger with pipes.
#include <poll.h>

#include <chrono>
#include <cstdio>
#include <thread>

#include "tests/logs/logger_process.hpp"
#include "tests/logs/scratch.hpp"

namespace berth::logs {
namespace {

using Texts = std::vector<std::string>;

// Waits for news of the spool until `count` entries are there.
std::vector<Entry> wait_for(const std::string& directory, std::size_t count) {
  auto watch = SpoolWatch::open(directory);
  EXPECT_TRUE(watch);
  SpoolReader reader = open_reader(directory);
  std::vector<Entry> entries;
  for (;;) {
    watch->clear();
    for (Entry& entry : read_all(reader)) entries.push_back(std::move(entry));
    if (entries.size() >= count) return entries;
    pollfd wait{watch->fd(), POLLIN, 0};
    if (::poll(&wait, 1, 10'000) != 1) return entries;
  }
}

TEST(BerthLogger, KeepsBothStreamsAndEndsWithThem) {
  Scratch scratch;
  LoggerProcess logger({"max_files", "3", "dir", scratch.path("spool"), "max_bytes", "1000000"});
  write_all(logger.out(), "hello\nrest");
  write_all(logger.err(), "oops\n");

  EXPECT_EQ(logger.end(), 0);

  Texts out;
  Texts err;
  for (const Entry& entry : read_all(scratch.path("spool"))) {
    (entry.kind == Kind::Stderr ? err : out).push_back(entry.text);
    EXPECT_EQ(entry.flags, entry.text == "rest" ? kContinues : 0);
    const auto age = std::chrono::system_clock::now().time_since_epoch() -
                     std::chrono::nanoseconds(entry.time_ns);
    EXPECT_LT(std::chrono::abs(age), std::chrono::minutes(1));
  }
  EXPECT_EQ(out, (Texts{"hello", "rest"}));
  EXPECT_EQ(err, (Texts{"oops"}));
}

TEST(BerthLogger, LosesNoneOf200000Lines) {
  constexpr int kLines = 200'000;
  Scratch scratch;
  LoggerProcess logger({"dir", scratch.path(), "max_bytes", "10485760", "max_files", "3"});
  const auto begin = std::chrono::steady_clock::now();
  std::thread errors([&] { write_numbered(logger.err(), 0, kLines / 2); });
  write_numbered(logger.out(), 0, kLines / 2);
  errors.join();
  const long peak_kib = logger.status_value("VmHWM");
  EXPECT_EQ(logger.end(), 0);
  const auto took = std::chrono::steady_clock::now() - begin;

  int next[2] = {0, 0};
  for (const Entry& entry : read_all(scratch.path())) {
    int& expected = next[entry.kind == Kind::Stderr ? 1 : 0];
    ASSERT_EQ(entry.text, "line " + std::to_string(expected));
    ++expected;
  }

  EXPECT_EQ(next[0], kLines / 2);
  EXPECT_EQ(next[1], kLines / 2);
  RecordProperty("milliseconds", std::to_string(took / std::chrono::milliseconds(1)));
  RecordProperty("peak_rss_kib", std::to_string(peak_kib));
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  EXPECT_LT(peak_kib, 1024) << "promised: below 1 MiB";
#endif
}

TEST(BerthLogger, OutlivesTheSignalsThatEndOthers) {
  Scratch scratch;
  LoggerProcess logger({"dir", scratch.path()});
  for (int number : {SIGTERM, SIGINT, SIGHUP, SIGPIPE, SIGQUIT}) {
    ASSERT_EQ(::kill(logger.pid(), number), 0);
  }

  write_all(logger.out(), "still here\n");

  EXPECT_EQ(texts_of(wait_for(scratch.path(), 1)), (Texts{"still here"}));
  EXPECT_EQ(logger.end(), 0);
}

TEST(BerthLogger, WritesAPromptThatWaitsWithoutANewline) {
  Scratch scratch;
  LoggerProcess logger({"dir", scratch.path()});
  write_all(logger.out(), "password: ");

  const auto entries = wait_for(scratch.path(), 1);

  EXPECT_EQ(texts_of(entries), (Texts{"password: "}));
  EXPECT_EQ(entries.front().flags, kContinues);
}

TEST(BerthLogger, DrainsThePipesWhenItHasNoSpool) {
  Scratch scratch;
  append_to(scratch.path("file"), "in the way");
  for (const auto& pairs : {Texts{"dir", scratch.path("file") + "/spool"}, Texts{"dir", ""},
                            Texts{"dir", "relative"}, Texts{}, Texts{"max_bytes", "x", "odd"}}) {
    LoggerProcess logger(pairs);
    write_numbered(logger.out(), 0, 50'000);
    EXPECT_EQ(logger.end(), 0);
  }
}

TEST(BerthLogger, GoesOnWithTheSpoolOfItsPredecessor) {
  Scratch scratch;
  for (int run = 0; run < 3; ++run) {
    LoggerProcess logger({"dir", scratch.path()});
    write_numbered(logger.out(), run, run + 1);
    EXPECT_EQ(logger.end(), 0);
  }

  const auto entries = read_all(scratch.path());

  EXPECT_EQ(texts_of(entries), (Texts{"line 0", "line 1", "line 2"}));
  EXPECT_EQ(entries.back().seq, 3u);
}

TEST(BerthLogger, WaitsForAPredecessorThatStillDrains) {
  Scratch scratch;
  LoggerProcess first({"dir", scratch.path()});
  LoggerProcess second({"dir", scratch.path()});
  write_all(second.out(), "second\n");
  write_all(first.out(), "first\n");
  EXPECT_EQ(first.end(), 0);

  const auto entries = wait_for(scratch.path(), 2);

  EXPECT_EQ(texts_of(entries), (Texts{"first", "second"}));
  EXPECT_EQ(second.end(), 0);
}

TEST(BerthLogger, LetsGoOfDescriptorsThatAreNotItsOwn) {
  Scratch scratch;
  Pipe foreign = make_pipe();
  UniqueFd passed_on(::fcntl(foreign.write.get(), F_DUPFD, kPassedOnFd));
  LoggerProcess logger({"dir", scratch.path()});

  passed_on.reset();
  foreign.write.reset();

  pollfd wait{foreign.read.get(), POLLIN, 0};
  EXPECT_EQ(::poll(&wait, 1, 10'000), 1);
  EXPECT_NE(wait.revents & POLLHUP, 0) << "nobody holds the other end";
}

TEST(BerthLogger, MakesItselfALateChoiceOfTheOomKiller) {
  Scratch scratch;
  // Raised for our child, so that there is something to lower without any privilege.
  const std::string own = "/proc/self/oom_score_adj";
  const auto before = std::stol(read_file(own).value());
  std::ofstream(own) << before + (1000 - before) / 2;
  LoggerProcess logger({"dir", scratch.path()});

  const auto score =
      std::stol(read_file("/proc/" + std::to_string(logger.pid()) + "/oom_score_adj").value());

  std::ofstream(own) << before;
  EXPECT_LT(score, before + 50);
}

TEST(BerthLogger, SaysHowItIsStartedWhenStartedByHand) {
  const std::string command =
      "exec 3<&- 4<&-; " BERTH_BIN_DIR "/berth-logger 2>&1 >/dev/null; echo \"exit $?\"";
  FILE* output = ::popen(command.c_str(), "r");
  ASSERT_NE(output, nullptr);
  std::string text;
  for (int c = std::fgetc(output); c != EOF; c = std::fgetc(output)) text += static_cast<char>(c);
  ::pclose(output);

  EXPECT_NE(text.find("binary:///"), std::string::npos) << text;
  EXPECT_NE(text.find("exit 2"), std::string::npos) << text;
}

}  // namespace
}  // namespace berth::logs
