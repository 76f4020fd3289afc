// recorder_test.cpp - which line each begin, sight and change makes.
#include "agent/engine/recorder.hpp"

#include <gtest/gtest.h>

#include "agent/engine/entries.hpp"
#include "tests/agent/engine/seen.hpp"
#include "tests/fakes/fake_timeline.hpp"

namespace berth::engine {
namespace {

using model::Entry;
using model::EntryKind;
using std::chrono::milliseconds;
using std::chrono::seconds;

const WallTime kSeen{seconds(1'767'225'600)};

model::Record app_and_db() {
  model::Record record = a_record(a_task({a_container("app"), a_container("db")}));
  record.task.containers[0].cpu = CpuUnits{256};
  record.task.containers[1].memory = Mebibytes{64};
  record.task.containers[1].host_ports = {{80, "tcp"}};
  return record;
}

/// "step-done db: pulled image sha256:00"; "" for no line.
std::string shown(const std::optional<Entry>& entry) {
  if (!entry) return "";
  return std::string(name_of(entry->kind)) + " " + entry->container + ": " + entry->text;
}

TEST(Entries, TellWhatBegins) {
  struct Told {
    Step step;
    const char* line;
  };
  const Told cases[] = {
      {{StepKind::AwaitResources, {}},
       "queued : queued for 256 CPU units, 64 MiB of memory, tcp/80"},
      {{StepKind::CreateNetwork, {}}, "step-begun : making the network"},
      {{StepKind::PullImage, 1}, "step-begun db: pulling image 127.0.0.1:5000/web:1"},
      {{StepKind::StartContainer, 0}, "step-begun app: starting the container"},
      {{StepKind::KillContainer, 0}, "step-begun app: waiting before SIGKILL"},
      {{StepKind::CheckHealth, 0}, ""},
      {{StepKind::AwaitStartTimeout, 0}, ""},
      {{StepKind::AwaitCleanup, {}}, ""},
  };
  const model::Record record = app_and_db();
  for (const Told& c : cases) EXPECT_EQ(shown(begin_entry(c.step, record, kSeen)), c.line);
}

TEST(Entries, TellWhatIsSeen) {
  struct Told {
    Sight sight;
    const char* line;
  };
  using Found = ContainerLook::Kind;
  const Error gone{Errc::NotFound, 0, "no such image"};
  const Error cancelled{Errc::Cancelled, 0, "moot"};
  const Told cases[] = {
      {Looked{{{Found::Running, {}}, {Found::Stopped, model::Exit{7, {}}}}, true, false},
       "step-done : found app running, db exited with code 7, a cgroup, no network"},
      {ContainerLooked{1, {Found::Absent, {}}}, "step-done db: found it absent"},
      {Admitted{}, "admitted : admitted"},
      {CgroupCreated{}, "step-done : made the cgroup"},
      {NetworkCreated{}, "step-done : made the network"},
      {NetworkCreated{{}, {}, "forwarding blocked by ip filter FORWARD"},
       "step-done : made the network; forwarding blocked by ip filter FORWARD"},
      {AddressClaimed{}, "step-done : its address is free, and announced"},
      {AddressClaimed{true}, "step-done : its address was found free before, and announced"},
      {ImagePulled{1, "sha256:00", "", {}}, "step-done db: pulled image sha256:00"},
      {ImageNotPulled{1, true, gone, {}}, "step-failed db: pulling image: NotFound: no such image"},
      {ContainerCreated{1}, "step-done db: created the container"},
      {ContainerStarted{1}, "step-done db: started the container"},
      {ContainerExited{1, {137, {}}}, "seen db: exited with code 137: ended by SIGKILL"},
      {StartTimedOut{1}, "seen db: its startTimeout has passed"},
      {ExitExamined{1, true, {}, 0}, "step-done db: nothing of it runs any more"},
      {ExitExamined{1, true, model::OutOfMemory{1, {}, {}}, 2},
       "step-done db: nothing of it runs any more; 1 process killed for memory; processes left "
       "behind and killed: 2"},
      {ContainerRestarted{1}, "step-done db: started it again"},
      {OutOfMemory{1}, "seen db: the kernel killed in it for memory"},
      {Probed{1, true, ""}, ""},
      {Probed{1, false, "no answer"}, "seen db: health check failed: no answer"},
      {StopSignalled{1}, "step-done db: sent the stop signal"},
      {Killed{1}, "step-done db: sent SIGKILL"},
      {StepFailed{{StepKind::CreateNetwork, {}}, gone},
       "step-failed : making the network: NotFound: no such image"},
      {StepFailed{{StepKind::PullImage, 1}, cancelled},
       "step-failed db: pulling image: given up, it is not needed any more"},
      {StepFailed{{StepKind::CheckHealth, 1}, cancelled}, ""},
      {Rebooted{"boot"}, "seen : the machine was started anew"},
      {ClockSet{at_ms(61'400)}, "seen : the clock was set 61 s forward"},
      {ClockSet{at_ms(-2'000)}, "seen : the clock was set 2 s back"},
      {StopRequested{}, "seen : it was asked to stop"},
      {StopRequested{model::Fault{model::FaultKind::Drained, "it is drained"}},
       "seen : it was asked to stop: it is drained"},
      {FinalAccepted{}, ""},
      {LookAgain{}, "seen : events may have been missed"},
      {Released{}, "step-done : removed processes, network and cgroup"},
      {CleanupDue{}, "seen : its time on the node is over"},
      {Cleaned{}, "step-done : removed containers, files and logs"},
  };
  model::Record record = app_and_db();
  record.boot_began = at_ms(0);
  for (const Told& c : cases) {
    EXPECT_EQ(shown(sight_entry({kSeen, c.sight}, record, {})), c.line) << c.sight.index();
  }
}

TEST(Entries, PassOverTheProbesOfAnUnhealthyContainer) {
  model::Record record = app_and_db();
  record.containers[1].health = model::Health::Unhealthy;

  EXPECT_EQ(sight_entry({kSeen, Probed{1, false, "no answer"}}, record, {}), std::nullopt);
}

TEST(Entries, TellEveryChange) {
  const model::Record before = app_and_db();
  model::Record after = before;
  after.known = model::TaskStatus::Stopped;
  after.goal = model::Goal::Stopped;
  after.containers[0].known = model::ContainerStatus::Stopped;
  after.containers[0].exit = model::Exit{3, kSeen};
  after.containers[1].health = model::Health::Healthy;
  after.containers[1].restarts = 2;

  std::string lines;
  for (const Entry& entry : change_entries(before, after, kSeen)) lines += shown(entry) + "\n";

  EXPECT_EQ(lines,
            "status app: is STOPPED\n"
            "restart db: has been restarted, number 2\n"
            "status db: is HEALTHY\n"
            "status : the task is STOPPED\n"
            "verdict : essential container app ended: exited with code 3\n"
            "verdict app: exited with code 3\n");
  EXPECT_TRUE(change_entries(after, after, kSeen).empty());
}

TEST(Entries, TellThatATaskWasTakenIn) {
  EXPECT_EQ(shown(accepted_entry(app_and_db(), kSeen)),
            "accepted : accepted web:3 with 2 containers, wanted RUNNING");
}

class RecorderTest : public ::testing::Test {
 protected:
  const std::vector<Entry>& lines() { return timeline.kept["arn:1"].entries; }

  berth::testing::FakeTimeline timeline;
  Recorder recorder{timeline, "arn:1"};
  model::Record record = app_and_db();
};

TEST_F(RecorderTest, TellsHowLongAStepTook) {
  recorder.begun({StepKind::CreateContainer, 0}, record, kSeen);
  recorder.begun({StepKind::CreateContainer, 1}, record, kSeen + milliseconds(10));
  recorder.saw({kSeen + milliseconds(45), ContainerCreated{0}}, record);
  recorder.saw({kSeen - milliseconds(1), ContainerCreated{1}}, record);  // the clock was set back
  recorder.saw({kSeen, ContainerExited{0, {}}}, record);

  ASSERT_EQ(lines().size(), 5u);
  EXPECT_EQ(lines()[2].took, milliseconds(45));
  EXPECT_EQ(lines()[3].took, milliseconds(0));
  EXPECT_EQ(lines()[4].took, std::nullopt);
  EXPECT_TRUE(recorder.in_flight().empty());
}

TEST_F(RecorderTest, TellsHowFarAPullIsAtEachPhaseAndEveryFiveSeconds) {
  const Step pull{StepKind::PullImage, 1};
  recorder.begun(pull, record, kSeen);

  recorder.pulled(1, {"resolving", ""}, record, kSeen);
  for (int second = 0; second < 12; ++second) {
    recorder.pulled(1, {"downloading", std::to_string(second)}, record, kSeen + seconds(second));
  }
  EXPECT_EQ(recorder.in_flight().at(pull).so_far, "downloading, 11");
  recorder.saw({kSeen + seconds(12), ImagePulled{1, "sha256:00", "", {}}}, record);
  recorder.pulled(1, {"late", ""}, record, kSeen + seconds(13));

  std::string texts;
  for (const Entry& entry : lines()) texts += entry.text + "\n";
  EXPECT_EQ(texts,
            "pulling image 127.0.0.1:5000/web:1\n"
            "resolving\n"
            "downloading, 0\n"
            "downloading, 5\n"
            "downloading, 10\n"
            "pulled image sha256:00\n");
}

TEST_F(RecorderTest, TellsOfReportsByNumber) {
  recorder.written({12, {"arn:1", "{}", true}}, model::TaskStatus::Stopped, kSeen);

  EXPECT_EQ(shown(lines().front()), "report-written : report 12 written down: STOPPED");
}

}  // namespace
}  // namespace berth::engine
