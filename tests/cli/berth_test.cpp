// berth_test.cpp - the real berth, a berthd's admin API, real spools.
#include <sys/wait.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <cstdio>
#include <fstream>
#include <optional>
#include <sstream>

#include "base/json.hpp"
#include "cli/commands.hpp"
#include "cli/log_stream.hpp"
#include "logs/spool_writer.hpp"
#include "tests/cli/running_berthd.hpp"
#include "tests/logs/scratch.hpp"

namespace berth::cli {
namespace {

using Texts = std::vector<std::string>;
using logs::Kind;

constexpr std::int64_t kSecond = 1'000'000'000;

class Berth : public ::testing::Test {
 protected:
  // A task with two containers, their spools, and the berthd that knows of it.
  Berth() : berthd_(socket()) { set_status("RUNNING"); }

  std::string socket() const { return scratch_.path("berthd.sock"); }
  std::string spool(const std::string& container) const { return scratch_.path(container); }

  void set_status(const std::string& status, const Texts& created = {"web", "side"}) {
    local::TaskView task;
    task.arn = "arn:aws:ecs:eu-west-1:123456789012:task/lab/3f2a";
    task.family = "shop";
    task.revision = "7";
    for (const char* name : {"web", "side"}) {
      const bool is_created = std::find(created.begin(), created.end(), name) != created.end();
      task.containers.push_back(
          {name, "", "image", status, "", std::nullopt, "", is_created ? spool(name) : ""});
    }
    local::TaskView other = task;
    other.arn = "arn:aws:ecs:eu-west-1:123456789012:task/lab/3f99";
    berthd_.set({task, other});
  }

  void write(const std::string& container, std::int64_t at, const std::string& text,
             Kind kind = Kind::Stdout, std::uint8_t flags = 0) {
    directories_.push_back(spool(container));
    logs::SpoolWriter writer(directories_.back().c_str(), {});
    writer.append(kind, {text, at * kSecond, flags});
    writer.finish();
  }

  // Runs berth within this process.
  int berth(Texts words) {
    words.insert(words.begin(), {"--socket", socket()});
    std::ostringstream out;
    std::ostringstream err;
    const int status = run(words, nullptr, out, err);
    out_ = out.str();
    err_ = err.str();
    return status;
  }

  logs::Scratch scratch_;
  std::deque<std::string> directories_;
  berth::testing::RunningBerthd berthd_;
  std::string out_;
  std::string err_;
};

TEST_F(Berth, ListsTheTasks) {
  EXPECT_EQ(berth({"ps", "--containers"}), kDone);
  EXPECT_NE(out_.find("3f2a"), std::string::npos) << out_;
  EXPECT_NE(out_.find("shop:7"), std::string::npos) << out_;
  EXPECT_NE(out_.find("  side"), std::string::npos) << out_;
  EXPECT_NE(out_.find("\nbad.json: cpu: why\n"), std::string::npos) << out_;

  EXPECT_EQ(berth({"ps", "--json"}), kDone);
  EXPECT_EQ(local::read_tasks(out_).value().size(), 2u);
  EXPECT_EQ(local::read_files(out_).value().size(), 1u);
}

TEST_F(Berth, AuditsAndRepairs) {
  const local::FindingView orphan{"orphan", "cgroup", "/berth/cc", "cc", "there is no such task"};
  berthd_.set_findings({orphan});

  EXPECT_EQ(berth({"audit"}), kFailed);
  EXPECT_NE(out_.find("orphan   cgroup  /berth/cc  cc    there is no such task\n"),
            std::string::npos)
      << out_;
  EXPECT_EQ(err_, "berth: the node differs from its tasks in 1 thing\n");

  EXPECT_EQ(berth({"audit", "--repair"}), kDone);
  EXPECT_NE(out_.find("removed  cgroup  /berth/cc"), std::string::npos) << out_;

  EXPECT_EQ(berth({"audit"}), kDone);
  EXPECT_EQ(out_, "nothing on this node is nobody's, and no task lacks anything\n");
  EXPECT_EQ(berth({"audit", "--json"}), kDone);
  EXPECT_EQ(local::read_audit(out_).value(), local::AuditView{});
}

TEST_F(Berth, EndsAnAuditOfMissingThingsWithAFailure) {
  berthd_.set_findings({{"missing", "cgroup", "/berth/3f2a", "3f2a", "the task works with it"},
                        {"missing", "files", "/data/3f2a", "3f2a", "the task works with it"}});

  EXPECT_EQ(berth({"audit", "--repair"}), kFailed);
  EXPECT_EQ(err_, "berth: the node differs from its tasks in 2 things\n");
}

TEST_F(Berth, SaysWhyATaskDoesNotGoOn) {
  EXPECT_EQ(berth({"why", "3f2a"}), kDone);
  EXPECT_EQ(out_.substr(0, out_.find('\n')), "task 3f2a is PENDING");
  EXPECT_NE(out_.find("waits for container db (HEALTHY), which web depends on\n"),
            std::string::npos);
  EXPECT_NE(out_.find("+0.000s  accepted shop:7\n"), std::string::npos) << out_;

  EXPECT_EQ(berth({"why", "3f2a", "--json"}), kDone);
  const Json json = parse_json(out_).value();
  EXPECT_EQ(json["why"]["status"], "PENDING");
  EXPECT_EQ(json["timeline"]["entries"][0]["text"], "accepted shop:7");
}

TEST_F(Berth, TellsWhatWouldComeOfADefinition) {
  const std::string good = scratch_.path("good.json");
  const std::string bad = scratch_.path("bad.json");
  std::ofstream(good) << "{}";
  std::ofstream(bad) << "bad";

  EXPECT_EQ(berth({"plan", good}), kDone);
  EXPECT_EQ(out_,
            "FIELD  FATE     WHY\n"
            "tags   ignored  stay there\n"
            "and 2 fields are honoured; --all shows them\n"
            "\n"
            "would run here, sent by Amazon ECS, https://ecs.here\n");
  EXPECT_EQ(berth({"plan", "--local", bad}), kFailed);
  EXPECT_TRUE(
      out_.ends_with("\nwould not run here, as a file of /etc/berth/tasks.d: pidMode "
                     "\"task\": no\n"))
      << out_;
  EXPECT_EQ(err_, "");
  EXPECT_EQ(berth({"plan", "--json", bad}), kFailed);
  EXPECT_EQ(local::read_plan(out_).value().refusal, "pidMode \"task\": no");
  EXPECT_EQ(berth({"plan", scratch_.path("none.json")}), kFailed);
  EXPECT_NE(err_.find("none.json"), std::string::npos) << err_;
}

TEST_F(Berth, ShowsBothVersions) {
  EXPECT_EQ(berth({"version"}), kDone);
  EXPECT_EQ(out_.substr(0, 6), "berth ");
  EXPECT_NE(out_.find("\nberthd 9.8.7 (pid 42, cluster lab, arn:instance)\n"), std::string::npos);
}

TEST_F(Berth, MergesTheLogsOfATaskByTime) {
  write("web", 1, "one");
  write("side", 2, "two");
  write("web", 3, "three", Kind::Stderr);
  write("side", 4, "four");

  EXPECT_EQ(berth({"logs", "3f2a"}), kDone);

  EXPECT_EQ(out_, "web  | one\nside | two\nside | four\n");
  EXPECT_EQ(err_, "web  | three\n");
}

TEST_F(Berth, ShowsOneContainerWithoutItsName) {
  write("web", 1, "one");
  write("side", 2, "two");

  EXPECT_EQ(berth({"logs", "3f2a", "side", "--timestamps"}), kDone);

  EXPECT_EQ(out_, "1970-01-01T00:00:02.000000000Z two\n");
}

TEST_F(Berth, ShowsTheTailOfEachContainer) {
  for (int i = 0; i < 10; ++i) write("web", i, "web" + std::to_string(i));
  write("side", 3, "side3");
  write("web", 11, "rest", Kind::Stdout, logs::kContinues);

  EXPECT_EQ(berth({"logs", "3f2a", "--tail", "2"}), kDone);

  EXPECT_EQ(out_, "side | side3\nweb  | web9\nweb  | rest\n");
}

TEST_F(Berth, SaysWhatIsMissing) {
  write("web", 1, "one");
  std::string gap(logs::kGapBytes, '\0');
  logs::seal_gap(gap.data(), {5, 500, ENOSPC}, 2, 2 * kSecond);
  logs::append_to(spool("web") + "/spool.1", gap);
  std::string late(logs::kHeaderBytes, '\0');
  logs::put_header(late.data(), {4, Kind::Stdout, 0, 0, 3 * kSecond});
  late += "late";
  logs::seal_record(late.data(), 10);
  logs::append_to(spool("web") + "/spool.1", late);

  EXPECT_EQ(berth({"logs", "3f2a", "web"}), kDone);

  EXPECT_EQ(out_, "one\nlate\n");
  EXPECT_EQ(err_,
            "[5 lines, 500 bytes, could not be written here: No space left on device]\n"
            "[3 lines are missing here: rotated away or damaged]\n");
}

TEST_F(Berth, NamesWhatItDoesNotFind) {
  struct Case {
    Texts words;
    int status;
    const char* message;
  };
  const Case cases[] = {
      {{"logs", "nope"}, kFailed, "berth: no task with the id or ARN \"nope\"\n"},
      {{"logs", "3f"}, kFailed, "berth: 2 tasks begin with \"3f\"\n  3f2a\n  3f99\n"},
      {{"logs", "3f2a", "db"},
       kFailed,
       "berth: task arn:aws:ecs:eu-west-1:123456789012:task/lab/3f2a has no container \"db\"; it "
       "has web, side\n"},
      {{"why", "nope"}, kFailed, "berth: no task with the id or ARN \"nope\"\n"},
      {{"pss"}, kWrongUsage, "berth: unknown command \"pss\"; see berth --help\n"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(berth(c.words), c.status);
    EXPECT_EQ(err_, c.message);
  }
}

TEST_F(Berth, PrintsNothingWhereNothingWasWritten) {
  EXPECT_EQ(berth({"logs", "3f2a"}), kDone);
  EXPECT_EQ(out_ + err_, "");
}

TEST_F(Berth, FollowsUntilTheContainersHaveStopped) {
  const std::string command =
      BERTH_BIN_DIR "/berth --socket " + socket() + " logs 3f2a web --tail 1 -f";
  const std::string directory = spool("web");
  auto writer = std::make_unique<logs::SpoolWriter>(directory.c_str(), logs::SpoolLimits{});
  auto say = [&writer](const std::string& text) {
    writer->append(Kind::Stdout, {text, kSecond, 0});
    writer->flush();
  };
  say("long ago");
  say("before");
  FILE* output = ::popen(command.c_str(), "r");
  ASSERT_NE(output, nullptr);
  auto hear = [output] {
    char line[64];
    return std::string(std::fgets(line, sizeof line, output) == nullptr ? "" : line);
  };

  EXPECT_EQ(hear(), "before\n");
  say("while it runs");
  EXPECT_EQ(hear(), "while it runs\n");
  set_status("STOPPED");
  say("after berthd knew");
  EXPECT_EQ(hear(), "after berthd knew\n");
  writer->append(Kind::Stdout, {"last words", kSecond, logs::kContinues});
  writer->finish();
  writer.reset();
  EXPECT_EQ(hear(), "last words\n");

  EXPECT_EQ(hear(), "");
  EXPECT_EQ(::pclose(output), 0);
}

TEST_F(Berth, FollowsSpoolsThatAreYetToCome) {
  // The sidecar waits for the web server, so berthd cannot say yet where it will write.
  set_status("RUNNING", {"web"});
  const std::string directory = spool("web");
  auto web = std::make_unique<logs::SpoolWriter>(directory.c_str(), logs::SpoolLimits{});
  const std::string command = BERTH_BIN_DIR "/berth --socket " + socket() + " logs 3f2a -f";
  FILE* output = ::popen(command.c_str(), "r");
  ASSERT_NE(output, nullptr);
  char line[64] = {};
  web->append(Kind::Stdout, {"first", kSecond, 0});
  web->flush();
  ASSERT_NE(std::fgets(line, sizeof line, output), nullptr);
  ASSERT_STREQ(line, "web  | first\n");

  set_status("RUNNING", {"web", "side"});
  write("side", 1, "here I am");

  EXPECT_NE(std::fgets(line, sizeof line, output), nullptr);
  EXPECT_STREQ(line, "side | here I am\n");
  berthd_.set({});
  web.reset();
  EXPECT_EQ(::pclose(output), 0) << "a task that is gone writes no more";
}

TEST_F(Berth, DrainsUntilEverythingHasStoppedAndIsTold) {
  EXPECT_EQ(berth({"drain"}), kDone);

  EXPECT_EQ(out_,
            "2 tasks to stop, 0 reports to be taken\n"
            "1 tasks to stop, 0 reports to be taken\n"
            "0 tasks to stop, 0 reports to be taken\n");
}

TEST(BerthAlone, SaysThatBerthdCannotBeReached) {
  logs::Scratch scratch;
  std::ostringstream out;
  std::ostringstream err;

  EXPECT_EQ(run({"ps"}, scratch.path().c_str(), out, err), kUnreachable);

  EXPECT_NE(err.str().find(scratch.path("berthd.sock")), std::string::npos) << err.str();
  EXPECT_NE(err.str().find("is berthd running?"), std::string::npos) << err.str();
}

TEST(TimestampText, IsInUtcWithNanoseconds) {
  EXPECT_EQ(timestamp_text(1'767'323'045'123'456'789), "2026-01-02T03:04:05.123456789Z");
  EXPECT_EQ(timestamp_text(0), "1970-01-01T00:00:00.000000000Z");
  EXPECT_EQ(timestamp_text(-1), "1969-12-31T23:59:59.999999999Z");
}

}  // namespace
}  // namespace berth::cli
