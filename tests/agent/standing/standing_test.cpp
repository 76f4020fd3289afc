// standing_test.cpp - files come, change and go; tasks end and berthd restarts.
#include "agent/standing/standing.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "agent/model/ids.hpp"
#include "agent/standing/definition_file.hpp"
#include "base/json.hpp"
#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/fake_hands.hpp"
#include "tests/fakes/fake_journal.hpp"
#include "tests/fakes/fake_timeline.hpp"
#include "tests/fakes/loop.hpp"
#include "tests/fakes/scratch.hpp"

namespace berth::standing {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;

std::string definition(const std::string& image = "busybox:1", const std::string& family = "web") {
  return Json{{"family", family},
              {"networkMode", "none"},
              {"containerDefinitions", {{{"name", "app"}, {"image", image}, {"memory", 32}}}}}
      .dump();
}

class StandingTest : public ::testing::Test {
 protected:
  StandingTest() {
    hands.tell = [this](engine::Sight sight) {
      for (const auto& record : engine->records()) {
        if (record->known == model::TaskStatus::Stopped) continue;
        engine->tell(model::container_id_of(model::task_id_of(record->task.arn), 0), sight);
      }
    };
    begin();
  }
  ~StandingTest() override { end(); }

  void begin() {
    nursery.emplace(loop.io.get_executor());
    engine.emplace(
        engine::Workshop{
            hands, journal, timeline, clock, [](const model::Record&) { return std::nullopt; },
            [](records::QueuedReport) {},
            [this](const model::Record& record) { standing->changed(record); }, false, "boot"},
        loop.io.get_executor());
    standing.emplace(
        Needs{*engine, clock, offload, [](const model::Task&) { return model::Placement{}; },
              [this](const model::Task& task) { return check_network(task); },
              [this](model::Task& task) { return give_interface(task); },
              [this](const model::Record& record) {
                if (record.task.eni) taken_back.push_back(record.task.eni->ipv4);
              },
              inbox::Rules{}, "eu-west-1", scratch.path()},
        loop.io.get_executor());
    const auto records = loop.run(journal.load());
    engine->recover(*records);
    nursery->start("standing", standing->run());
  }
  /// As kill -9: the tasks stay.
  void end() {
    EXPECT_TRUE(loop.run(nursery->stop()));
    EXPECT_TRUE(loop.run(engine->stop()));
    standing.reset();
    engine.reset();
  }

  Result<> check_network(const model::Task& task) const {
    if (!task.eni || networks.contains(task.eni->network)) return ok();
    return Error{Errc::Invalid, 0, "no network " + task.eni->network};
  }
  Result<> give_interface(model::Task& task) {
    if (!task.eni) return ok();
    if (addresses.empty()) return Error{Errc::Exhausted, 0, "network lan had no free address"};
    task.eni->ipv4 = addresses.back();
    addresses.pop_back();
    return ok();
  }

  void until(const std::function<bool()>& condition, const char* what) {
    while (!condition()) {
      loop.io.restart();
      ASSERT_GT(loop.io.run_one_for(seconds(30)), 0u) << "nothing happens any more: " << what;
    }
  }
  void go_on() {
    loop.io.restart();
    loop.io.poll();
  }

  long starts() const {
    return std::count_if(hands.begun.begin(), hands.begun.end(), [](const engine::Step& step) {
      return step.kind == engine::StepKind::StartContainer;
    });
  }
  std::shared_ptr<const model::Record> running() const {
    for (const auto& record : engine->records()) {
      if (record->known == model::TaskStatus::Running) return record;
    }
    return nullptr;
  }
  std::string image() const { return running() ? running()->task.containers[0].image : ""; }
  FileState state() const { return standing->files().empty() ? FileState() : standing->files()[0]; }
  void wait_running(const std::string& image_name = "busybox:1") {
    until([this, image_name] { return image() == image_name; }, "a task runs");
  }

  testing::Scratch scratch;
  testing::Loop loop;
  testing::FakeClock clock;
  testing::FakeJournal journal{loop.io.get_executor()};
  testing::FakeTimeline timeline;
  testing::FakeHands hands{loop.io.get_executor()};
  Offload offload{1};
  std::set<std::string> networks{"lan"};
  std::vector<std::string> addresses;  ///< that are free
  std::vector<std::string> taken_back;
  std::optional<Nursery> nursery;
  std::optional<engine::Engine> engine;
  std::optional<Standing> standing;
};

TEST_F(StandingTest, RunsTheTaskOfAFile) {
  scratch.replace("web.json", definition());

  wait_running();

  EXPECT_EQ(running()->task.origin, model::Origin::Local);
  EXPECT_EQ(state().name, "web.json");
  EXPECT_EQ(state().family, "web");
  EXPECT_EQ(state().task_arn, running()->task.arn);
  EXPECT_EQ(state().complaint, "");
  EXPECT_EQ(starts(), 1);
}

TEST_F(StandingTest, ReplacesTheTaskOfAChangedFile) {
  scratch.replace("web.json", definition());
  wait_running();
  const std::string old = running()->task.arn;

  scratch.replace("web.json", definition("busybox:2"));
  wait_running("busybox:2");

  EXPECT_NE(running()->task.arn, old);
  EXPECT_EQ(starts(), 2);
}

TEST_F(StandingTest, KeepsTheTaskOfAFileThatWentBad) {
  scratch.replace("web.json", definition());
  wait_running();
  const std::string old = running()->task.arn;

  scratch.replace("web.json", "{\"family\": 7}");
  until([this] { return !state().complaint.empty(); }, "a complaint");

  EXPECT_THAT(state().complaint, HasSubstr("family: NUMBER_VALUE can not be converted"));
  EXPECT_EQ(running()->task.arn, old);

  scratch.replace("web.json", definition());
  until([this] { return state().complaint.empty(); }, "no complaint");
  EXPECT_EQ(running()->task.arn, old);
  EXPECT_EQ(starts(), 1);
}

std::string in_network(const std::string& network) {
  Json file = Json::parse(definition());
  file["networkMode"] = "awsvpc";
  file["networkConfiguration"] = {{"awsvpcConfiguration", {{"subnets", {network}}}}};
  return file.dump();
}

TEST_F(StandingTest, GivesATaskAnInterface) {
  addresses = {"192.0.2.7"};
  scratch.replace("web.json", in_network("lan"));

  wait_running();

  EXPECT_EQ(running()->task.eni->ipv4, "192.0.2.7");
  EXPECT_EQ(running()->task.eni->network, "lan");
}

TEST_F(StandingTest, StopsATaskWithoutAnAddressWithTheReason) {
  scratch.replace("web.json", in_network("lan"));
  until([this] { return state().starts_at.has_value(); }, "a task has ended");

  ASSERT_EQ(engine->records().size(), 1u);
  const auto record = engine->records()[0];
  EXPECT_EQ(record->known, model::TaskStatus::Stopped);
  ASSERT_TRUE(record->fault);
  EXPECT_EQ(record->fault->message, "network lan had no free address");
  EXPECT_EQ(starts(), 0);

  addresses = {"192.0.2.7"};
  clock.advance(seconds(10));
  wait_running();
  EXPECT_EQ(running()->task.eni->ipv4, "192.0.2.7");
}

TEST_F(StandingTest, WaitsForANetworkThatIsNotThereYet) {
  addresses = {"192.0.2.7"};
  scratch.replace("web.json", in_network("wan"));
  until([this] { return !state().complaint.empty(); }, "a complaint");
  EXPECT_EQ(state().complaint, "no network wan");

  networks.insert("wan");
  standing->networks_changed();
  wait_running();

  EXPECT_EQ(state().complaint, "");
  networks.clear();
  standing->networks_changed();
  until([this] { return !state().complaint.empty(); }, "a complaint");
  EXPECT_TRUE(running()) << "a network that is gone stops nothing";
}

TEST_F(StandingTest, TakesBackTheAddressOfATaskThatCouldNotBeWrittenDown) {
  addresses = {"192.0.2.7"};
  journal.plan.fail_call(1, Error{Errc::Exhausted, 0, "disk full"});
  scratch.replace("web.json", in_network("lan"));

  until([this] { return !taken_back.empty(); }, "the address comes back");

  EXPECT_EQ(taken_back, (std::vector<std::string>{"192.0.2.7"}));
}

TEST_F(StandingTest, StopsTheTaskOfAFileThatIsGone) {
  scratch.replace("web.json", definition());
  wait_running();

  scratch.remove("web.json");
  until([this] { return engine->records().empty(); }, "the task is cleaned up");
  go_on();

  EXPECT_TRUE(standing->files().empty());
  EXPECT_EQ(starts(), 1);
}

TEST_F(StandingTest, StartsATaskThatEndedAgainAfterAWait) {
  scratch.replace("web.json", definition());
  wait_running();

  hands.exit(0, 1);
  until([this] { return state().starts_at.has_value(); }, "the next start is set");
  EXPECT_EQ(*state().starts_at, clock.wall() + seconds(10));
  EXPECT_EQ(state().failures, 1);

  clock.advance(seconds(9));
  go_on();
  EXPECT_EQ(starts(), 1);

  clock.advance(seconds(1));
  until([this] { return starts() == 2; }, "the second start");
  wait_running();
  EXPECT_EQ(running()->task.failures, 1);
  EXPECT_FALSE(state().starts_at);

  hands.exit(0, 1);
  until([this] { return state().starts_at.has_value(); }, "the third start is set");
  EXPECT_EQ(*state().starts_at, clock.wall() + seconds(20));
}

TEST_F(StandingTest, StartsNothingUntilItIsResumed) {
  scratch.replace("web.json", definition());
  wait_running();

  standing->pause();
  engine->drain("the machine shuts down or reboots");
  until([this] { return engine->records().empty(); }, "the task is cleaned up");
  clock.advance(seconds(60));
  go_on();
  EXPECT_EQ(starts(), 1);

  engine->take_again();
  standing->resume();
  wait_running();
  EXPECT_EQ(starts(), 2);
}

TEST_F(StandingTest, TakesUpItsTaskAfterACrash) {
  scratch.replace("web.json", definition());
  wait_running();
  const std::string arn = running()->task.arn;

  end();
  begin();
  until([this] { return !standing->files().empty(); }, "the files are read");
  wait_running();

  EXPECT_EQ(running()->task.arn, arn);
  EXPECT_EQ(engine->records().size(), 1u);
  EXPECT_EQ(starts(), 1);
}

TEST_F(StandingTest, RefusesTheSecondFileOfAFamily) {
  scratch.replace("web.json", definition());
  wait_running();

  scratch.replace("also.json", definition("busybox:2"));
  until([this] { return standing->files().size() == 2; }, "both files");

  EXPECT_THAT(standing->files()[0].complaint, HasSubstr("family \"web\": is that of web.json"));
  EXPECT_EQ(standing->files()[1].complaint, "");
  EXPECT_EQ(starts(), 1);
}

TEST_F(StandingTest, TriesAgainWhenATaskCannotBeWrittenDown) {
  journal.plan.fail_call(1, Error{Errc::Exhausted, 0, "disk full"});
  scratch.replace("web.json", definition());
  until([this] { return clock.next_wake() == seconds(10); }, "the next try is set");
  EXPECT_TRUE(engine->records().empty());

  clock.advance(seconds(10));
  wait_running();

  EXPECT_EQ(starts(), 1);
}

}  // namespace
}  // namespace berth::standing
