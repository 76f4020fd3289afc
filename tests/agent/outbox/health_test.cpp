// health_test.cpp - what health messages hold, and when they go out.
#include "agent/outbox/health.hpp"

#include <gtest/gtest.h>

#include "base/json.hpp"
#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/loop.hpp"
#include "tests/fakes/tasks.hpp"

namespace berth::outbox {
namespace {

using model::ContainerStatus;
using model::Health;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// A running task of one container with a health check.
model::Record checked_record(const std::string& tail, Health health = Health::Healthy) {
  model::Container container = testing::a_container("main");
  container.health_check = model::HealthCheck{};
  model::Record record = testing::a_record(testing::a_task({std::move(container)}, tail));
  record.known = model::TaskStatus::Running;
  record.containers[0].known = ContainerStatus::Running;
  record.containers[0].health = health;
  record.containers[0].health_since = WallTime{milliseconds(5)};
  return record;
}

Records shared(std::vector<model::Record> records) {
  Records all;
  for (model::Record& record : records) {
    all.push_back(std::make_shared<const model::Record>(std::move(record)));
  }
  return all;
}

std::vector<protocol::PublishHealthRequest> requests_of(std::vector<model::Record> records) {
  return health_requests(shared(std::move(records)), "lab", "arn:node", "message",
                         WallTime{milliseconds(9)});
}

TEST(HealthRequests, TellOfEachTaskAndContainer) {
  const auto requests = requests_of({checked_record("1", Health::Unhealthy)});
  ASSERT_EQ(requests.size(), 1u);
  protocol::PublishHealthRequest expected;
  expected.cluster = "lab";
  expected.container_instance = "arn:node";
  expected.message_id = "message";
  expected.fin = true;
  expected.timestamp = WallTime{milliseconds(9)};
  protocol::ContainerHealth main;
  main.container_name = "main";
  main.health_status = "UNHEALTHY";
  main.status_since = WallTime{milliseconds(5)};
  expected.tasks.push_back({checked_record("1").task.arn, "web", "3", {main}});
  EXPECT_EQ(requests[0], expected);
}

TEST(HealthRequests, LeaveOutWhatHasNoHealth) {
  model::Record unchecked = checked_record("1");
  unchecked.task.containers[0].health_check.reset();
  model::Record created = checked_record("2");
  created.containers[0].known = ContainerStatus::Created;
  model::Record stopped = checked_record("3");
  stopped.known = model::TaskStatus::Stopped;
  EXPECT_TRUE(requests_of({}).empty());
  model::Record local = checked_record("4");
  local.task.origin = model::Origin::Local;
  EXPECT_TRUE(requests_of({unchecked, created, stopped, local}).empty());
}

TEST(HealthRequests, HoldTenTasksEach) {
  for (const auto& [count, messages] : {std::pair{1, 1u}, std::pair{10, 1u}, std::pair{11, 2u},
                                        std::pair{20, 2u}, std::pair{21, 3u}}) {
    std::vector<model::Record> records;
    for (int task = 0; task < count; ++task)
      records.push_back(checked_record(std::to_string(task)));
    const auto requests = requests_of(std::move(records));
    ASSERT_EQ(requests.size(), messages) << count;
    std::size_t told = 0;
    for (std::size_t at = 0; at < requests.size(); ++at) {
      told += requests[at].tasks.size();
      EXPECT_LE(requests[at].tasks.size(), 10u);
      EXPECT_EQ(requests[at].fin, at + 1 == requests.size());
    }
    EXPECT_EQ(told, static_cast<std::size_t>(count));
  }
}

/// A publisher on a clock that stands still; notes what it sends and when.
struct Stage {
  Stage() {
    HealthPublisher::Needs needs;
    needs.records = [this] { return shared({record}); };
    needs.is_connected = [this] { return is_connected; };
    needs.send = [this](std::string frame) { return send(this, std::move(frame)); };
    needs.cluster = "lab";
    needs.instance_arn = "arn:node";
    publisher.emplace(std::move(needs), clock, loop.io.get_executor());
    loop.nursery.start("health", publisher->run());
  }
  ~Stage() { loop.stop(); }

  static Async<> send(Stage* stage, std::string frame) {
    const std::string type = Json::parse(frame)["type"].get<std::string>();
    if (stage->send_fails) co_return Error{Errc::Unavailable, 0, "session closed"};
    if (type == "PublishHealthRequest") stage->health_at.push_back(stage->clock.now());
    if (type == "PublishMetricsRequest") ++stage->metrics;
    co_return ok();
  }

  /// Lets `time` pass in steps of 10 ms.
  void pass(milliseconds time) {
    settle();
    for (milliseconds gone{0}; gone < time; gone += milliseconds(10)) {
      clock.advance(milliseconds(10));
      settle();
    }
  }
  void settle() {
    loop.io.restart();
    loop.io.poll();
  }

  /// The container's health becomes another.
  void flip() {
    Health& health = record.containers[0].health;
    health = health == Health::Healthy ? Health::Unhealthy : Health::Healthy;
    publisher->changed();
  }

  testing::Loop loop;
  testing::FakeClock clock;
  model::Record record = checked_record("1");
  bool is_connected = true;
  bool send_fails = false;
  std::vector<std::chrono::steady_clock::time_point> health_at;
  int metrics = 0;
  std::optional<HealthPublisher> publisher;
};

TEST(HealthPublisher, PublishesAtOnceThenEveryTwentySeconds) {
  Stage stage;
  stage.pass(seconds(61));
  ASSERT_EQ(stage.health_at.size(), 4u);
  for (std::size_t at = 1; at < 4; ++at) {
    EXPECT_EQ(stage.health_at[at] - stage.health_at[at - 1], seconds(20));
  }
  EXPECT_EQ(stage.metrics, 4);
}

TEST(HealthPublisher, PublishesAChangeWithinATenthOfASecond) {
  Stage stage;
  stage.pass(seconds(5));
  const auto changed_at = stage.clock.now();
  stage.flip();
  stage.publisher->changed();
  stage.pass(seconds(3));
  ASSERT_EQ(stage.health_at.size(), 2u);
  EXPECT_LE(stage.health_at[1] - changed_at, milliseconds(100));
  EXPECT_EQ(stage.metrics, 1);
}

TEST(HealthPublisher, PublishesManyChangesAtMostOnceASecond) {
  Stage stage;
  for (int change = 0; change < 50; ++change) {
    stage.flip();
    stage.pass(milliseconds(100));
  }
  stage.pass(seconds(2));
  EXPECT_GE(stage.health_at.size(), 5u);
  for (std::size_t at = 1; at < stage.health_at.size(); ++at) {
    EXPECT_GE(stage.health_at[at] - stage.health_at[at - 1], seconds(1));
  }
}

TEST(HealthPublisher, SaysNothingWithoutASessionAndSpeaksWhenOneOpens) {
  Stage stage;
  stage.is_connected = false;
  stage.pass(seconds(30));
  EXPECT_TRUE(stage.health_at.empty());
  stage.is_connected = true;
  stage.publisher->session_changed();
  stage.pass(milliseconds(100));
  EXPECT_EQ(stage.health_at.size(), 1u);
}

TEST(HealthPublisher, TellsANewSessionWhatTheLastOneKnew) {
  Stage stage;
  stage.pass(seconds(5));
  stage.publisher->session_changed();
  stage.pass(milliseconds(100));
  EXPECT_EQ(stage.health_at.size(), 2u);
}

TEST(HealthPublisher, IsNotStirredByWhatItDoesNotPublish) {
  Stage stage;
  stage.pass(seconds(5));
  for (int change = 0; change < 50; ++change) {
    stage.record.containers[0].image_digest = "sha256:" + std::to_string(change);
    stage.publisher->changed();
    stage.pass(milliseconds(50));
  }
  EXPECT_EQ(stage.health_at.size(), 1u);

  // Nor do they hold up a true change.
  const auto changed_at = stage.clock.now();
  stage.flip();
  stage.pass(milliseconds(200));
  ASSERT_EQ(stage.health_at.size(), 2u);
  EXPECT_LE(stage.health_at[1] - changed_at, milliseconds(100));
}

TEST(HealthPublisher, IsSilentButForMetricsWithoutHealthChecks) {
  Stage stage;
  stage.record.task.containers[0].health_check.reset();
  stage.publisher->changed();
  stage.pass(seconds(5));
  EXPECT_TRUE(stage.health_at.empty());

  // The first health there is need not wait for anything.
  stage.record = checked_record("1");
  const auto changed_at = stage.clock.now();
  stage.publisher->changed();
  stage.pass(milliseconds(200));
  ASSERT_EQ(stage.health_at.size(), 1u);
  EXPECT_LE(stage.health_at[0] - changed_at, milliseconds(100));
}

TEST(HealthPublisher, GoesOnAfterASendThatFailed) {
  Stage stage;
  stage.send_fails = true;
  stage.pass(seconds(5));
  EXPECT_TRUE(stage.health_at.empty());
  stage.send_fails = false;
  stage.pass(seconds(17));
  EXPECT_EQ(stage.health_at.size(), 1u);
}

}  // namespace
}  // namespace berth::outbox
